#!/usr/bin/env python3
"""Measures the speed budget on this machine and prints one table. Called by script/bench.

Every rate stands beside its rivals of the same run: our own server with nothing behind it (http_noop), and Debian's
`webhook`, which checks the signature and starts /bin/true for each delivery. Absolute numbers depend on the machine
and on what else it does; the ratios do not, much.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "e2e"))
PROGRAMS = pathlib.Path(os.environ["RUNBRIDGE_PROGRAM"]).parent

import forge  # noqa: E402
import scene  # noqa: E402
import seed  # noqa: E402
import waiting  # noqa: E402

REQUESTS = int(os.environ.get("RUNBRIDGE_BENCH_REQUESTS", "20000"))
PUSHES = int(os.environ.get("RUNBRIDGE_BENCH_PUSHES", "30"))
THOUSAND = 1_000
CONNECTIONS = 64
SECRET = "bench-secret"


def push_body():
    """A push of about 7 KB: the captured one where the shared data is there, else one of its size."""
    captured = HERE.parent.parent / "shared/fixtures/github/push.json"
    if captured.exists():
        return captured.read_bytes()
    commits = [{"id": f"{number:040x}", "message": "x" * 100, "modified": ["main.tf"]} for number in range(30)]
    return json.dumps({"ref": "refs/heads/main", "commits": commits}).encode()


def values(line):
    return {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", line)}


def load(directory, port, path, secret, requests=REQUESTS):
    (directory / "secret").write_text(secret)
    output = subprocess.run(
        [PROGRAMS / "hook_load", "--port", str(port), "--path", path, "--body", directory / "body.json", "--secret-file",
         directory / "secret", "--header", "X-GitHub-Event: push",
         "--connections", str(CONNECTIONS), "--requests", str(requests)],
        capture_output=True, text=True, check=True, timeout=600).stdout
    rate = values(output)
    if rate["accepted"] != requests:
        raise AssertionError(f"of {requests} deliveries to {path} not all were taken: {output}")
    return rate


def resident_kilobytes(process):
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Measure(scene.SceneTest):
    def runTest(self):
        self.rows = []
        self.work = pathlib.Path(self.directory)
        (self.work / "body.json").write_bytes(push_body())
        self.connect(forge.GITHUB, **{"trigger-prefixes": []})
        idle = resident_kilobytes(self.server.process.pid)
        self.latency("filter off", "p50 ≤ 10 ms, p99 ≤ 50 ms")
        self.api.patch(f"/workspaces/{self.workspace}", "workspaces", {"trigger-prefixes": ["infra"]})
        self.latency("asks what changed: with its fetch over SSH", "")
        noop, peer = self.rival_noop(), self.rival_webhook()
        ours = self.webhook_line()
        self.rows.append(("webhook, signed 7 KB push, 64 connections", f"{ours['rate']:.0f}/s, p99 {ours['p99_ms']:.1f} ms",
                          "p99 ≤ 25 ms"))
        self.rows.append(("  against our own no-op POST", f"{ours['rate'] / noop['rate']:.0%} of {noop['rate']:.0f}/s",
                          "≥ 60 %"))
        if peer:
            self.rows.append(("  against Debian's webhook", f"{ours['rate'] / peer['rate']:.1f} × {peer['rate']:.0f}/s",
                              "≥ 5 ×"))
        else:
            self.rows.append(("  against Debian's webhook", "not installed", "≥ 5 ×"))
        self.rows.append(("  refused or unanswered", f"{ours['refused'] + ours['errors']:.0f} of {REQUESTS}", "0"))
        self.matching()
        self.connections()
        self.rows.append(("resident memory, idle", f"{idle / 1024:.0f} MB", "≤ 40 MB"))
        self.rows.append(("resident memory, after the load", f"{resident_kilobytes(self.server.process.pid) / 1024:.0f} MB",
                          "≤ 150 MB"))
        self.thousand_workspaces()
        self.large()

    def webhook_line(self):
        """The secret is in no answer of anybody's; the fake's diary has what it was told when the hook was made."""
        made = [json.loads(entry["body"]) if isinstance(entry["body"], str) else entry["body"]
                for entry in self.forge.control("GET", "diary")
                if entry["method"] == "POST" and entry["path"].endswith("/hooks")]
        config = made[-1]["config"]
        path = "/" + config["url"].split("/", 3)[3]
        return load(self.work, self.server.port, path, config["secret"])

    def rival_noop(self):
        with subprocess.Popen([PROGRAMS / "http_noop"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as noop:
            rate = load(self.work, int(noop.stdout.readline()), "/hook", SECRET)
            noop.stdin.close()
        return rate

    def rival_webhook(self):
        if not shutil.which("webhook"):
            return None
        port = free_port()
        rule = {"match": {"type": "payload-hmac-sha256", "secret": SECRET,
                          "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}}
        (self.work / "hooks.json").write_text(json.dumps(
            [{"id": "bench", "execute-command": "/bin/true", "trigger-rule": rule}]))
        peer = subprocess.Popen(["webhook", "-hooks", self.work / "hooks.json", "-ip", "127.0.0.1", "-port", str(port)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            waiting.until("webhook listens", lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
            return load(self.work, port, "/hooks/bench", SECRET, REQUESTS // 10)
        finally:
            peer.kill()
            peer.wait()

    def latency(self, what, budget):
        """From the server's own note of the arrival until the run can be seen through the API."""
        spans = []
        for number in range(PUSHES + 1):
            commit = self.push({"infra/main.tf": f"# {what} {number}\n"}, f"push {number}")
            before = len(self.api.runs(self.workspace))
            self.deliver()
            run = self.first_new_run(before)
            seen = time.time() * 1000
            delivery = self.api.get(self.api.in_organization("/deliveries?page[size]=1"))["data"][0]
            if number > 0:  # the first push of a branch has nothing to follow
                spans.append(seen - milliseconds(delivery["attributes"]["received-at"]))
            self.assertEqual(self.api.commit_of(run), commit)
            waiting.until("the run rests", lambda: self.api.run(run["id"])["attributes"]["status"] not in
                          ("pending", "fetching", "planning", "plan_queued"))
            self.api.post(f"/runs/{run['id']}/actions/discard")
            self.wait_for_status(run["id"], scene.FINAL)
        spans.sort()
        self.rows.append((f"idle server: push received → run row ({what})",
                          f"p50 {statistics.median(spans):.0f} ms, p99 {spans[-1]:.0f} ms", budget))

    def first_new_run(self, before):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = self.api.get(f"/workspaces/{self.workspace}/runs?page[size]=1")
            if found["meta"]["pagination"]["total-count"] > before:
                return found["data"][0]
        raise AssertionError("the push made no run")

    def thousand_workspaces(self):
        """One push that concerns a thousand; until the transaction that makes all their runs was about to commit."""
        self.api.patch(f"/workspaces/{self.workspace}", "workspaces", {"trigger-prefixes": []})
        self.server.stop()
        with seed.connect(self.server) as database:
            seed.workspaces(database, THOUSAND, trigger_prefixes="[]", queue_all_runs=1)
        database.close()
        self.server.start()
        first, _, _ = self.push_to_all("the first")  # which finds nothing to follow
        second, fetches, archives = self.push_to_all("the second")
        self.rows.append((f"one push, {THOUSAND:,} workspaces: all run rows",
                          f"{second} ms (the first one, with its fetch: {first} ms)", "≤ 500 ms"))
        self.rows.append(("  fetches, archives", f"{fetches}, {archives}", "1, 1"))

    def push_to_all(self, text):
        fetches, archives = self.sshd.arrivals(), self.archives()
        self.push({"infra/main.tf": f"# {text}\n"}, text)
        self.deliver()
        self.wait_until_deliveries_are_done()
        waiting.until("the files are there", lambda: self.archives() > archives)
        database = seed.connect(self.server)
        received, ended = database.execute(
            "SELECT received_at, finished_at FROM deliveries ORDER BY received_at DESC LIMIT 1").fetchone()
        made = database.execute("SELECT COUNT(*) FROM runs WHERE created_at >= ?", [received]).fetchone()[0]
        database.close()
        self.assertGreaterEqual(made, THOUSAND)
        return ended - received, self.sshd.arrivals() - fetches, self.archives() - archives

    def archives(self):
        return len(list(pathlib.Path(self.server.data_dir).rglob("*.tar.gz")))

    def large(self):
        """Pages and the start with a hundred thousand of everything."""
        self.server.stop()
        with seed.connect(self.server) as database:
            seed.deliveries(database, seed.MANY)
            seed.runs(database, seed.MANY)
            seed.workspaces(database, seed.MANY, oauth_token_id=None, vcs_repository_id="")
        database.close()
        began = time.monotonic()
        self.server.start()
        self.rows.append(("start to ready, 100,000 deliveries", f"{(time.monotonic() - began) * 1000:.0f} ms",
                          "≤ 300 ms"))
        for what in ("workspaces", "deliveries", "runs"):
            path = self.api.in_organization(f"/{what}?page[size]=20")
            first, middle = self.page_time(path), self.page_time(path + "&page[number]=2500")
            self.rows.append((f"page of 20 out of 100,000 {what}", f"p50 {first:.1f} ms (in the middle {middle:.1f} ms)",
                              "p50 ≤ 5 ms"))

    def page_time(self, path):
        times = []
        for _ in range(40):
            began = time.monotonic()
            self.api.get(path)
            times.append((time.monotonic() - began) * 1000)
        return statistics.median(times)

    def matching(self):
        found = values(subprocess.run([PROGRAMS / "match_paths"], capture_output=True, text=True, check=True).stdout)
        self.rows.append(("match 1,000 files against 10,000 workspaces", f"{found['match_ms']:.2f} ms", "≤ 50 ms"))
        ratio = found["none_twice_ms"] / max(found["none_ms"], 0.001)
        self.rows.append(("  none matches, twice the workspaces", f"{ratio:.2f} ×", "≤ 1.3 ×"))

    def connections(self):
        line = subprocess.run([PROGRAMS / "connection_verify"], capture_output=True, text=True, check=True).stdout
        found = dict(word.split("=", 1) for word in line.split())
        self.rows.append((f"a page of {found['connections']} service connections", f"{found['list_ms']} ms", "≤ 50 ms"))
        self.rows.append((f"{found['due']} verifications due at once, a restart between",
                          f"{found['seconds']} s, {found['at_once']} at once, {found['lost']} lost, "
                          f"{int(found['growth_kb']) // 1024} MiB more", "≤ 4 at once, 0 lost, ≤ 32 MiB"))


def milliseconds(text):
    import datetime
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def main():
    measure = Measure()
    result = unittest.TestResult()
    measure.run(result)
    for _, trace in result.failures + result.errors:
        print(trace, file=sys.stderr)
    rows = [("what", "measured", "budget"), *getattr(measure, "rows", [])]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
