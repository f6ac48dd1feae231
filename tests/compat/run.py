#!/usr/bin/env python3
"""Starts a GitHub in small and the program, and lets Terraform Cloud's own Go client test it: run.py PROGRAM [go test's flags]

Exit status 77, with the reason, where there is no Go that can build the client.
"""
import contextlib
import json
import os
import pathlib
import re
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
READY = re.compile(r"runbridge is ready at (http://\S+)")
SKIPPED = 77
SELF_RENEWING_GO = (1, 21)  # fetches the newer one that go.mod asks for by itself
PROGRAM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin"
GIT = {"PATH": PROGRAM_PATH, "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Emma",
       "GIT_AUTHOR_EMAIL": "emma@example.com", "GIT_COMMITTER_NAME": "Emma", "GIT_COMMITTER_EMAIL": "emma@example.com"}


class NoGo(Exception):
    pass


def go_output(*arguments):
    run = subprocess.run(["go", *arguments], capture_output=True, text=True, check=False, cwd=tempfile.gettempdir())
    if run.returncode != 0:
        raise NoGo(f"`go {' '.join(arguments)}` failed: {(run.stdout + run.stderr).strip()}")
    return run.stdout.strip()


def fetched_toolchain(version):
    """The Go of that version as the module golang.org/toolchain, which is how newer ones renew themselves.

    What they do after unpacking (cmd/go/internal/toolchain, Exec) is done here: a module's files cannot be executable
    and it cannot hold another go.mod.
    """
    target = f"{go_output('env', 'GOOS')}-{go_output('env', 'GOARCH')}"
    answer = go_output("mod", "download", "-json", f"golang.org/toolchain@v0.0.1-go{version}.{target}")
    root = pathlib.Path(json.loads(answer)["Dir"])
    tools = [path for folder in ("bin", "pkg/tool") for path in (root / folder).rglob("*") if path.is_file()]
    for tool in tools:
        tool.chmod(0o755)
    for folder in (root / "src", root / "src/cmd"):
        folder.chmod(0o755)
        shutil.copyfile(folder / "_go.mod", folder / "go.mod")
    return root / "bin"


def go_path():
    """PATH with a Go that can build the client. NoGo, with the reason, if there is none."""
    path = os.environ["PATH"]
    if not shutil.which("go"):
        raise NoGo("Go is not installed (golang-go)")
    version = go_output("env", "GOVERSION")
    found = re.match(r"go(\d+)\.(\d+)", version)
    if not found or (int(found[1]), int(found[2])) >= SELF_RENEWING_GO:
        return path
    wanted = re.search(r"^go (\S+)$", (HERE / "go.mod").read_text(), re.MULTILINE)[1]
    try:
        return f"{fetched_toolchain(wanted)}:{path}"
    except NoGo as error:
        raise NoGo(f"go-tfe needs Go {wanted}, this is {version}, and the newer one could not be had: {error}") from None


def git(directory, *arguments):
    subprocess.run(["git", *arguments], cwd=directory, env=GIT, check=True)


def make_repository(directory):
    bare, work = directory / "infra.git", directory / "infra"
    git(directory, "init", "-q", "--bare", "--initial-branch=main", str(bare))
    git(directory, "init", "-q", "--initial-branch=main", str(work))
    (work / "main.tf").write_text("# first\n")
    git(work, "add", "--all")
    git(work, "commit", "-qm", "First")
    git(work, "push", "-q", str(bare), "HEAD:main")
    return bare


def make_key(directory):
    key = directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-m", "PEM", "-N", "", "-f", str(key)], check=True)
    return key


def ended(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def first_match(process, pattern, seconds=30):
    """Reads the program's standard output until the pattern is there."""
    end, text = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        if not select.select([process.stdout], [], [], 0.2)[0]:
            continue
        part = os.read(process.stdout.fileno(), 65536).decode(errors="replace")
        if not part:
            break
        text += part
        found = re.search(pattern, text)
        if found:
            return found[1]
    raise SystemExit(f"run.py: the program did not say that it is ready; it said {text!r}")


@contextlib.contextmanager
def started(arguments, log, environment):
    with open(log, "wb") as errors:
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors, env=environment)
    try:
        yield process
    finally:
        ended(process)


def run(program, flags, directory, path):
    token = secrets.token_hex(24)
    repository, key = make_repository(directory), make_key(directory)
    fake = ["node", str(ROOT / "tests/fakes/github.mjs"), "--port", "0", "--enterprise", "3.14.0",
            "--repo", f"octo/infra={repository}"]
    server = [program, "server", "--listen", "127.0.0.1:0", "--data-dir", str(directory / "data"), "--sandbox", "plain",
              "--outbound-allow", "127.0.0.1", "--outbound-http", "127.0.0.1"]
    log = directory / "server.log"
    plain = {"PATH": PROGRAM_PATH, "HOME": str(directory)}
    with started(fake, directory / "fake.log", {**plain, "PATH": os.environ["PATH"]}) as forge, \
            started(server, log, {**plain, "RUNBRIDGE_ADMIN_TOKEN": token}) as served:
        port = json.loads(forge.stdout.readline())["port"]
        settings = {"COMPAT_FORGE": f"http://127.0.0.1:{port}", "COMPAT_ADDRESS": first_match(served, READY),
                    "COMPAT_TOKEN": token, "COMPAT_REPOSITORY": str(repository), "COMPAT_SSH_KEY": str(key)}
        environment = {**os.environ, **settings, "PATH": path}
        go = shutil.which("go", path=path)
        subprocess.run([go, "vet", "./..."], cwd=HERE, env=environment, check=True)
        result = subprocess.run([go, "test", "-count=1", *flags, "./..."], cwd=HERE, env=environment, check=False)
        if result.returncode != 0:
            print("\n--- the server's log, its end:")
            print("\n".join(log.read_text(errors="replace").splitlines()[-60:]))
        return result.returncode


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        path = go_path()
    except NoGo as reason:
        print(f"run.py: skipped: {reason}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="runbridge-compat-") as directory:
        return run(os.path.abspath(sys.argv[1]), sys.argv[2:], pathlib.Path(directory), path)


if __name__ == "__main__":
    sys.exit(main())
