"""A workspace's SSH key is good for git inside a run, against pinned hosts only, and is nowhere to be seen."""

import os
import subprocess
import unittest

import forge
import scene


class RunKey(scene.SceneTest):
    def setUp(self):
        super().setUp()
        self.start_world(forge.GITHUB)
        self.register_provider()
        path = os.path.join(self.directory, "modules-key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "modules", "-f", path], check=True)
        with open(path) as file:
            self.private_key = file.read()
        with open(path + ".pub") as file:
            self.sshd.authorize(file.read().strip())
        self.key_id = self.api.post(self.api.in_organization("/ssh-keys"), "ssh-keys",
                                    {"name": "modules", "value": self.private_key})["data"]["id"]

    def run_of(self, **attributes):
        """A run of a workspace that has the key and looks at a repository over SSH."""
        look = f"git ls-remote {self.sshd.url(self.repository)} HEAD && env && ssh-add -l"
        self.workspace = self.create_workspace(
            **{"queue-all-runs": False, "network-access": True, "plan-command": ["sh", "-c", look], **attributes})
        self.api.send("PATCH", f"/workspaces/{self.workspace}/relationships/ssh-key",
                      {"data": {"type": "workspaces", "attributes": {"id": self.key_id}}})
        run = self.api.post("/runs", "runs", {"message": "with a key"}, {
            "workspace": {"data": {"type": "workspaces", "id": self.workspace}}})["data"]
        return run["id"]

    def test_git_inside_a_run_uses_it(self):
        self.pin_host()
        run = self.wait_for_status(self.run_of(), "planned")
        log = self.api.log_of(run).decode()
        self.assertIn("HEAD", log)
        self.assertIn("(ED25519)", log)
        for line in self.private_key.splitlines()[1:-1]:
            self.assertNotIn(line, log)
        uses = self.api.get(self.api.in_organization("/audit-events?filter[action]=ssh-key.use"))["data"]
        self.assertEqual([use["attributes"]["target-id"] for use in uses], [self.key_id])
        self.assertIn(run["id"], str(uses[0]["attributes"]["detail"]))

    def test_a_host_that_nobody_confirmed_gets_nothing(self):
        run_id = self.run_of()
        run = self.wait_for_status(run_id, "errored")
        self.assertIn("Host key verification failed", self.api.log_of(run).decode())


if __name__ == "__main__":
    unittest.main()
