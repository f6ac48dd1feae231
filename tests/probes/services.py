#!/usr/bin/env python3
"""Real services for the tests of probes, each on a free port of 127.0.0.1 and in a directory of its own.

services.py KIND [NAME=VALUE ...] starts one, prints {"port": N, ...} and ends it when standard input ends.
User and password of all of them: "ann" and "s3cret/+pass word".
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

USER, PASSWORD = "ann", "s3cret/+pass word"
ALL = []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def start(make, log):
    """Starts what make(port) says until it listens; another port if somebody else was quicker."""
    for _ in range(5):
        port = free_port()
        with open(log, "wb") as out:
            child = subprocess.Popen(make(port), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        end = time.monotonic() + 85
        while time.monotonic() < end and child.poll() is None:
            if answers(port):
                ALL.append(child)
                return port
            time.sleep(0.02)
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    raise SystemExit("does not start: " + pathlib.Path(log).read_text(errors="replace")[-2000:])


def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def hashed(setting="$6$saltsalt$"):
    """The password in the form of crypt(3), which Perl has everywhere."""
    return subprocess.check_output(["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", PASSWORD, setting], text=True)


def htpasswd(directory, setting="$6$saltsalt$"):
    path = directory / "htpasswd"
    path.write_text(f"{USER}:{hashed(setting)}\n")
    path.chmod(0o644)
    return path


def bare_repository(directory):
    path = directory / "git" / "network.git"
    run("git", "init", "-q", "--bare", "--initial-branch=main", str(path))
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "T", f"GIT_{who}_EMAIL": "t@example.com"}
    tree = subprocess.check_output(["git", "-C", path, "hash-object", "-w", "-t", "tree", "/dev/null"], env=environment)
    commit = subprocess.check_output(["git", "-C", path, "commit-tree", tree.decode().strip(), "-m", "x"], env=environment)
    run("git", "-C", str(path), "update-ref", "refs/heads/main", commit.decode().strip())
    run("chmod", "-R", "a+rwX", str(directory / "git"))
    return path


def nginx(directory, options):
    tls = f"ssl_certificate {options['cert']}; ssl_certificate_key {options['key']};" if "cert" in options else ""
    page = "location / { return 302 /login?next=x; } location /login { default_type text/html; return 200 '<title>Sign in</title>'; }"
    inside = page if options.get("sign_in") else f"""
                location / {{ auth_basic "vault"; auth_basic_user_file {htpasswd(directory)}; }}
                location /open/ {{ alias {directory}/www/; }}
                location /moved/ {{ return 302 /login?next=x; }}
                location /hop/ {{ return 302 /index.html; }}
                location /away/ {{ return 302 https://elsewhere.test:$server_port/; }}
                location /_ping {{ add_header Api-Version 1.43; default_type text/plain; return 200 OK; }}
                location /version {{ default_type application/json; return 200 '{{"ApiVersion":"1.43","Version":"24"}}'; }}"""
    client = f"ssl_client_certificate {options['client_ca']}; ssl_verify_client on;" if "client_ca" in options else ""
    (directory / "www").mkdir()
    (directory / "www" / "index.html").write_text("hello")

    def make(port):
        config = directory / "nginx.conf"
        config.write_text(f"""
            daemon off; pid {directory}/pid; error_log {directory}/error.log; worker_processes 1; user root;
            events {{}}
            http {{ access_log off;
              client_body_temp_path {directory}/b; proxy_temp_path {directory}/p; fastcgi_temp_path {directory}/f;
              uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
              server {{ listen 127.0.0.1:{port} {'ssl' if tls else ''}; {tls} {client} root {directory}/www;
                {inside}
              }} }}""")
        return ["nginx", "-c", str(config), "-e", str(directory / "error.log")]

    return {"port": start(make, directory / "log")}


def apache(directory, options):
    """Git over smart HTTP and Subversion over DAV, with Basic, over TLS where a certificate is given."""
    modules = "/usr/lib/apache2/modules"
    bare_repository(directory)
    run("svnadmin", "create", str(directory / "svn"))
    run("chmod", "-R", "a+rwX", str(directory))
    tls = f"SSLEngine on\nSSLCertificateFile {options['cert']}\nSSLCertificateKeyFile {options['key']}" if "cert" in options else ""
    names = "mpm_event authn_core authn_file authz_core authz_user auth_basic alias cgid env dav dav_svn ssl".split()

    def make(port):
        config = directory / "apache.conf"
        config.write_text("\n".join(
            [f"LoadModule {name}_module {modules}/mod_{name}.so" for name in names if name != "dav_svn"]
            + [f"LoadModule dav_svn_module {modules}/mod_dav_svn.so", f"""
            ServerRoot {directory}
            ServerName localhost
            PidFile {directory}/pid
            Listen 127.0.0.1:{port}
            User www-data
            Group www-data
            ErrorLog {directory}/error.log
            ScriptSock {directory}/cgisock
            StartServers 1
            ServerLimit 1
            {tls}
            SetEnv GIT_PROJECT_ROOT {directory}/git
            SetEnv GIT_HTTP_EXPORT_ALL 1
            SetEnv GIT_CONFIG_COUNT 1
            SetEnv GIT_CONFIG_KEY_0 safe.directory
            SetEnv GIT_CONFIG_VALUE_0 *
            ScriptAlias /git/ /usr/lib/git-core/git-http-backend/
            ScriptAlias /public/ /usr/lib/git-core/git-http-backend/
            <Location /git>
              AuthType Basic
              AuthName "git"
              AuthUserFile {htpasswd(directory)}
              Require valid-user
            </Location>
            <Location /public>
              Require all granted
            </Location>
            <Location /svn>
              DAV svn
              SVNPath {directory}/svn
              AuthType Basic
              AuthName "the realm"
              AuthUserFile {directory}/htpasswd
              Require valid-user
            </Location>
            """]))
        return ["apache2", "-D", "FOREGROUND", "-f", str(config)]

    return {"port": start(make, directory / "log")}


def svnserve(directory, options):
    run("svnadmin", "create", str(directory / "repository"))
    (directory / "repository" / "conf" / "svnserve.conf").write_text(
        "[general]\nanon-access = none\nauth-access = write\npassword-db = passwd\nrealm = the realm\n")
    (directory / "repository" / "conf" / "passwd").write_text(f"[users]\n{USER} = {PASSWORD}\n")
    return {"port": start(lambda port: ["svnserve", "-d", "--foreground", "--listen-host", "127.0.0.1", "--listen-port",
                                        str(port), "-r", str(directory)], directory / "log")}


def registry(directory, options):
    htpasswd(directory, "$2b$05$abcdefghijklmnopqrstuu")

    def make(port):
        config = directory / "registry.yml"
        config.write_text(f"""
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {directory}/data}}}}
http:
  addr: 127.0.0.1:{port}
  tls: {{certificate: {options['cert']}, key: {options['key']}}}
auth: {{htpasswd: {{realm: registry, path: {directory}/htpasswd}}}}
""")
        return ["docker-registry", "serve", str(config)]

    return {"port": start(make, directory / "log")}


def sshd(directory, options):
    """OpenSSH that takes this user's key, and as root also the password, from a shadow file of its own mount namespace."""
    import pwd
    me = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / "host"))
    (directory / "keys").write_text(options.get("key", "") + "\n")
    own_shadow = os.getuid() == 0 and subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode == 0
    lines = pathlib.Path("/etc/shadow").read_text().splitlines() if own_shadow else []
    shadow = directory / "shadow"
    shadow.write_text("\n".join(f"{me}:{hashed()}:19000:0:99999:7:::" if line.startswith(me + ":") else line for line in lines) + "\n")
    shadow.chmod(0o600)
    passwords = options.get("passwords", "yes")

    def make(port):
        config = directory / "config"
        config.write_text(f"""
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication {passwords}
KbdInteractiveAuthentication no
AuthorizedKeysFile {directory}/keys
Subsystem sftp internal-sftp
{options.get("settings", "")}
""")
        inner = ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)]
        if not own_shadow:
            return inner
        return ["unshare", "-m", "sh", "-c", f'mount --bind {shadow} /etc/shadow && exec "$@"', "sh", *inner]

    port = start(make, directory / "log")
    fingerprint = subprocess.check_output(["ssh-keygen", "-lf", str(directory / "host.pub")], text=True).split()[1]
    return {"port": port, "user": me, "fingerprint": fingerprint, "passwords": "yes" if own_shadow else ""}


def verdaccio(directory, options):
    htpasswd(directory, "$2b$05$abcdefghijklmnopqrstuu")
    config = directory / "config.yaml"
    config.write_text(f"""
storage: {directory}/storage
plugins: {directory}/plugins
web: {{enable: false}}
auth: {{htpasswd: {{file: {directory}/htpasswd, max_users: -1}}}}
packages: {{"**": {{access: $authenticated, publish: $authenticated}}}}
https: {{key: {options['key']}, cert: {options['cert']}}}
log: {{type: stdout, format: pretty, level: error}}
""")
    program = pathlib.Path(options["modules"]) / "verdaccio" / "bin" / "verdaccio"
    return {"port": start(lambda port: ["node", str(program), "--config", str(config), "--listen", f"https://127.0.0.1:{port}"],
                          directory / "log")}


def s3(directory, options):
    """The Versity gateway over a directory, whose folders are its buckets; what it notes about them is beside it."""
    for name in ("buckets/models", "notes"):
        (directory / name).mkdir(parents=True)
    environment = [f"ROOT_ACCESS_KEY_ID={options['id']}", f"ROOT_SECRET_ACCESS_KEY={options['secret']}"]

    def make(port):
        return ["env", *environment, options["program"], "--port", f"127.0.0.1:{port}", "--cert", options["cert"], "--key",
                options["key"], "--region", options["region"], "--quiet", "posix", "--sidecar", str(directory / "notes"),
                str(directory / "buckets")]

    return {"port": start(make, directory / "log")}


def rabbitmq(directory, options):
    """RabbitMQ with AMQP 1.0 over TLS, and a port mapper of its own, since Erlang's usual one outlives everybody."""
    mapper = start(lambda port: ["epmd", "-address", "127.0.0.1", "-port", str(port)], directory / "epmd.log")
    (directory / "plugins").write_text("[rabbitmq_amqp1_0].\n")

    def make(port):
        (directory / "rabbitmq.conf").write_text(f"""
listeners.tcp = none
listeners.ssl.default = 127.0.0.1:{port}
ssl_options.certfile = {options['cert']}
ssl_options.keyfile = {options['key']}
""")
        places = {"HOME": directory, "ERL_CRASH_DUMP": directory / "crash.dump", "ERL_EPMD_PORT": mapper, "ERL_EPMD_ADDRESS": "127.0.0.1",
                  "RABBITMQ_NODENAME": f"probe{port}@localhost", "RABBITMQ_MNESIA_BASE": directory / "data",
                  "RABBITMQ_LOGS": "-", "RABBITMQ_LOG_BASE": directory / "logs", "RABBITMQ_DIST_PORT": free_port(),
                  "RABBITMQ_CONFIG_FILE": directory / "rabbitmq.conf", "RABBITMQ_PID_FILE": directory / "pid",
                  "RABBITMQ_ENABLED_PLUGINS_FILE": directory / "plugins"}
        return ["env", *(f"{name}={value}" for name, value in places.items()), "/usr/lib/rabbitmq/bin/rabbitmq-server"]

    return {"port": start(make, directory / "log")}


def beside(program):
    def service(directory, options):
        here = pathlib.Path(__file__).resolve().parent
        words = [f"{name}={value}" for name, value in options.items()]
        return {"port": start(lambda port: ["/usr/bin/python3", str(here / program), str(port), *words], directory / "log")}
    return service


KINDS = {"nginx": nginx, "apache": apache, "svnserve": svnserve, "registry": registry, "sshd": sshd, "verdaccio": verdaccio,
         "s3": s3, "rabbitmq": rabbitmq,
         "amqp": beside("amqp_broker.py"), "tds": beside("tds_server.py"), "cloud": beside("cloud.py")}


def main():
    kind, options = sys.argv[1], dict(word.split("=", 1) for word in sys.argv[2:])
    directory = pathlib.Path(tempfile.mkdtemp(prefix="probes-"))
    directory.chmod(0o755)
    try:
        print(json.dumps(KINDS[kind](directory, options)), flush=True)
        sys.stdin.read()
    finally:
        for child in reversed(ALL):
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
