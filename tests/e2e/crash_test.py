"""What was acknowledged survives a kill at any step, and slow clients keep nobody out."""

import hashlib
import hmac
import json
import resource
import socket
import sys
import time
import unittest
import urllib.request
import uuid

import forge
import scene
import waiting


class Crash(scene.SceneTest):
    ON_POSTGRES = False

    def restart(self):
        self.server.kill()
        self.sshd.open_gate()
        self.server.start()

    def assert_finishes_once(self, commit):
        run = self.wait_for_run(commit, seconds=90)
        planned = self.wait_for_status(run["id"], "planned", 90)
        self.wait_until_deliveries_are_done()
        self.only_run_of(commit)
        log = self.api.log_of(planned)
        self.assertIn(self.marker.encode(), log)
        self.confirm(run["id"])

    def push_marker(self, marker):
        self.marker = marker
        return self.push({"infra/main.tf": marker + "\n"}, marker)

    def test_killed_right_after_the_acknowledgement(self):
        self.connect(forge.GITHUB, self.ON_POSTGRES)
        commit = self.push_marker("killed-before-the-run")
        self.deliver()
        self.restart()
        self.assert_finishes_once(commit)

    def test_killed_right_after_azure_devops_server_was_answered(self):
        self.connect(forge.ADO_SERVER, self.ON_POSTGRES)
        commit = self.push_marker("killed-before-the-run-of-azure-devops")
        self.deliver()
        self.restart()
        self.assert_finishes_once(commit)

    def test_a_polite_end_is_a_success_and_loses_nothing(self):
        self.connect(forge.GITHUB, self.ON_POSTGRES)
        commit = self.push_marker("stopped-politely")
        self.deliver()
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assert_finishes_once(commit)

    def test_killed_during_the_clone(self):
        self.connect(forge.GITHUB, self.ON_POSTGRES)
        commit = self.push_marker("killed-in-the-clone")
        self.sshd.close_gate()
        before = self.sshd.arrivals()
        self.deliver()
        waiting.until("git asks for the repository", lambda: self.sshd.arrivals() > before)
        self.restart()
        self.assert_finishes_once(commit)

    def test_killed_during_the_plan(self):
        # The plan takes long enough to be caught at it; it runs again from the start after the kill.
        self.connect(forge.GITHUB, self.ON_POSTGRES,
                     **{"plan-command": ["sh", "-c", "echo begun; sleep 3; cat infra/main.tf"]})
        commit = self.push_marker("killed-in-the-plan")
        self.deliver()
        run = self.wait_for_run(commit)
        waiting.until("the plan has begun", lambda: b"begun" in self.api.log_of(self.api.run(run["id"])))
        self.assertEqual(self.api.run(run["id"])["attributes"]["status"], "planning")
        self.restart()
        self.assert_finishes_once(commit)

    def test_every_matching_workspace_gets_its_run_after_a_kill(self):
        self.connect(forge.GITHUB, self.ON_POSTGRES)
        others = [self.create_workspace(f"more-{i}") for i in range(3)]
        for workspace in others:
            first = waiting.until("the first run", lambda w=workspace: self.api.runs(w))[0]
            self.wait_for_status(first["id"], "planned")
            self.api.post(f"/runs/{first['id']}/actions/discard")
        commit = self.push_marker("killed-with-many")
        self.deliver()
        self.restart()
        self.assert_finishes_once(commit)
        for workspace in others:
            run = self.wait_for_run(commit, workspace)
            self.wait_for_status(run["id"], "planned")
            self.assertEqual(len(self.api.runs_of_commit(workspace, commit)), 1)


class SlowClients(scene.SceneTest):
    CLIENTS = 1000

    def test_a_thousand_slow_clients_keep_nobody_out(self):
        self.connect(forge.GITHUB)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < self.CLIENTS + 200:
            self.skipTest(f"{hard} descriptors are too few for {self.CLIENTS} clients")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, self.CLIENTS + 200), hard))
        crowd = self.open_crowd()
        try:
            self.measure("/healthz", self.ask_health)
            self.measure("a delivery", self.send_delivery)
        finally:
            for client in crowd:
                client.close()
        self.assertEqual(self.ask_health(), 200)

    def open_crowd(self):
        openings = [b"", b"GET /healthz HTTP/1.1\r\n", b"POST /webhooks/vcs/x HTTP/1.1\r\nHost: a\r\nX-",
                    b"POST /api/v2/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{"]
        crowd = []
        for i in range(self.CLIENTS):
            client = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
            crowd.append(client)
            client.send(openings[i % len(openings)])
        return crowd

    def measure(self, what, action):
        begun = time.monotonic()
        status = action()
        seconds = time.monotonic() - begun
        print(f"{what} beside {self.CLIENTS} slow clients: {seconds * 1000:.1f} ms", file=sys.stderr)
        self.assertIn(status, (200, 202))
        self.assertLess(seconds, 1.0)

    def ask_health(self):
        with urllib.request.urlopen(self.server.address + "/healthz", timeout=10) as answer:
            return answer.status

    def send_delivery(self):
        hook = self.forge.hooks()[0]
        config = hook["config"]
        body = json.dumps({"zen": "Keep it simple.", "hook_id": hook["id"]}).encode()
        signature = hmac.new(config["secret"].encode(), body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(config["url"], body, {
            "Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + signature}, method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status


if __name__ == "__main__":
    unittest.main()
