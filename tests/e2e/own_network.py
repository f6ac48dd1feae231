"""A network and a name service of the test's own, so that outside services have their real names and ports here.

enter() starts the test again in new namespaces; serve_names() then makes names lead to 127.0.0.1 and an authority of
the test trusted, for every program that the test starts.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

MARK = "RUNBRIDGE_TEST_OWN_NETWORK"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def enter():
    """Returns in the new namespaces, or in the old ones where the machine allows no new ones."""
    if os.environ.get(MARK):
        return
    command = ["unshare", "--mount", "--net"] + ([] if os.getuid() == 0 else ["--map-root-user"])
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
        os.environ[MARK] = "yes"
        os.execvp("unshare", [*command, sys.executable, *sys.argv])


def is_ours():
    return bool(os.environ.get(MARK))


def serve_names(directory, names):
    """Returns the paths of a certificate for all of them, and of its key."""
    set_up_loopback()
    hosts = os.path.join(directory, "hosts")
    with open(hosts, "w", encoding="ascii") as file:
        file.write("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {name}\n" for name in names))
    authority, key = issue(directory, "authority", ["-subj", "/CN=test authority"])
    bundle = os.path.join(directory, "bundle.pem")
    with open(bundle, "wb") as file, open(authority, "rb") as ours:
        file.write(ours.read())
    for ours, theirs in ((hosts, "/etc/hosts"), (bundle, BUNDLE)):
        os.chmod(ours, 0o644)
        subprocess.run(["umount", theirs], capture_output=True, check=False)  # of an earlier test
        subprocess.run(["mount", "--bind", ours, theirs], check=True)
    return issue(directory, "service", ["-subj", "/CN=service", "-addext", "subjectAltName=" + ",".join(
        "DNS:" + name for name in names), "-CA", authority, "-CAkey", key])


def set_up_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: up and running


def issue(directory, name, more):
    certificate, key = (os.path.join(directory, f"{name}.{end}") for end in ("pem", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", key, "-out",
                    certificate, *more], check=True, capture_output=True)
    return certificate, key
