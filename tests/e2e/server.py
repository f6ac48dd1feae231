"""The program under test, as its users start it."""

import os
import re
import secrets
import select
import signal
import subprocess
import time

import processes

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("RUNBRIDGE_PROGRAM") or os.path.join(SOURCE, "build/dev/bin/runbridge")
READY = re.compile(r"runbridge is ready at (http://\S+:(\d+))")


def clean_environment(**more):
    """What a program of ours gets: nothing of the person who runs the tests."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LC_ALL": "C.UTF-8", **more}


class Server:
    def __init__(self, directory, database=None, admin=True, flags=(), name="server"):
        self.data_dir = os.path.join(directory, "data")
        self.home = os.path.join(directory, name + "-home")
        self.log_path = os.path.join(directory, name + ".log")
        os.makedirs(self.home, exist_ok=True)
        self.database = database
        self.flags = list(flags)
        self.admin_token = secrets.token_hex(24) if admin else None
        self.port = 0
        self.address = None
        self.banner = []
        self.process = None

    def start(self):
        """Returns when the program says that it is ready; on a restart it listens where it did before."""
        arguments = [PROGRAM, "server", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.data_dir,
                     "--outbound-allow", "127.0.0.1", "--outbound-http", "127.0.0.1", *self.flags]
        if self.database:
            arguments += ["--database", self.database]
        environment = clean_environment(HOME=self.home)
        if self.admin_token:
            environment["RUNBRIDGE_ADMIN_TOKEN"] = self.admin_token
        self.process = processes.start(arguments, self.log_path, env=environment, stdout=subprocess.PIPE)
        self.banner = []
        self._read_banner(30)
        return self

    def _read_banner(self, seconds):
        end = time.monotonic() + seconds
        text = b""
        while time.monotonic() < end:
            readable, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if readable:
                part = os.read(self.process.stdout.fileno(), 65536)
                if not part:
                    break
                text += part
                found = READY.search(text.decode(errors="replace"))
                if found and text.decode(errors="replace").rstrip().endswith("--token-file -"):
                    self.address, self.port = found[1], int(found[2])
                    self.banner = text.decode().splitlines()
                    return
        self.kill()
        raise AssertionError(f"the program did not become ready; it said {text!r}\n{processes.tail(self.log_path)}")

    def setup_link(self):
        return next((word for line in self.banner for word in line.split() if "/setup/" in word), None)

    def kill(self):
        """kill -9, of the server only: what it had started is its own affair."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def freeze(self):
        """The machine stands still, the server on it; what it had started goes on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """A polite end; returns the exit code."""
        if not self.process:
            return None
        process, self.process = self.process, None
        processes.end(process, signal.SIGTERM)
        return process.returncode

    def log(self, lines=120):
        return processes.tail(self.log_path, lines)
