"""A stock sshd on a free port that serves bare repositories, with a gate before every clone."""

import getpass
import os
import signal
import socket
import subprocess

import processes
import waiting


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SshServer:
    def __init__(self, directory):
        self.directory = os.path.join(directory, "sshd")
        os.mkdir(self.directory, 0o700)
        self.log_path = os.path.join(self.directory, "log")
        self.process = None
        self.port = 0
        self.authorize()
        self._write_command()
        self._make_host_keys()

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _make_host_keys(self):
        for kind in ("ed25519", "rsa"):
            for name in (self._path("host_" + kind), self._path(f"host_{kind}.pub")):
                if os.path.exists(name):
                    os.remove(name)
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "host", "-f", self._path("host_" + kind)],
                           check=True, stdin=subprocess.DEVNULL)

    def change_host_keys(self):
        """The same address and accounts; other keys, as after a new installation, or with somebody in between."""
        processes.end(self.process, signal.SIGTERM)
        self._make_host_keys()
        if not self._start_on(self.port):
            raise AssertionError("sshd does not start again:\n" + processes.tail(self.log_path))

    def _write_command(self):
        # While the file `closed` exists, a clone waits in front of git; `arrived` counts who came.
        with open(self._path("command"), "w") as file:
            file.write(f"""#!/bin/sh
echo "$SSH_ORIGINAL_COMMAND" >> {self._path('arrived')}
while [ -e {self._path('closed')} ]; do sleep 0.05; done
exec git-shell -c "$SSH_ORIGINAL_COMMAND"
""")
        os.chmod(self._path("command"), 0o755)

    def start(self):
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)
        for _ in range(5):  # somebody else may take the port between our look and sshd's bind
            self.port = free_port()
            if self._start_on(self.port):
                return self
        raise AssertionError("sshd does not start:\n" + processes.tail(self.log_path))

    def _start_on(self, port):
        with open(self._path("config"), "w") as file:
            file.write(f"""Port {port}
ListenAddress 127.0.0.1
HostKey {self._path('host_ed25519')}
HostKey {self._path('host_rsa')}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {self._path('authorized_keys')}
LogLevel VERBOSE
MaxStartups 100
ForceCommand {self._path('command')}
""")
        process = processes.start(["/usr/sbin/sshd", "-D", "-e", "-f", self._path("config")], self.log_path)

        def answers():
            if process.poll() is not None:
                return "ended"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0 and "answers"

        if waiting.until("sshd answers", answers) == "ended":
            return False
        self.process = process
        return True

    def authorize(self, *public_lines):
        with open(self._path("authorized_keys"), "w") as file:
            file.writelines(line + "\n" for line in public_lines)

    def host_fingerprints(self):
        """As a server's operator publishes them: SHA256:…"""
        out = []
        for kind in ("ed25519", "rsa"):
            line = subprocess.run(["ssh-keygen", "-l", "-f", self._path(f"host_{kind}.pub")], check=True, text=True,
                                  capture_output=True).stdout
            out.append(line.split()[1])
        return out

    def close_gate(self):
        open(self._path("closed"), "w").close()

    def open_gate(self):
        if os.path.exists(self._path("closed")):
            os.remove(self._path("closed"))

    def arrivals(self):
        try:
            with open(self._path("arrived")) as file:
                return len(file.readlines())
        except FileNotFoundError:
            return 0

    def url_template(self):
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{{path}}"

    def url(self, repository):
        return self.url_template().replace("{path}", repository.bare)

    def stop(self):
        self.open_gate()
        if self.process:
            processes.end(self.process, signal.SIGTERM)
            self.process = None
