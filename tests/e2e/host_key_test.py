"""A host that shows another key than the confirmed one gets nothing, until a person has confirmed the new one."""

import unittest

import forge
import scene
import waiting


class ChangedHostKey(scene.SceneTest):
    def test_clones_stop_until_the_new_key_is_confirmed(self):
        self.connect(forge.ADO_SERVER)
        before = self.sshd.arrivals()
        self.sshd.change_host_keys()
        commit = self.push({"infra/main.tf": "# from an impostor?\n"})
        self.deliver()
        run = self.wait_for_status(self.wait_for_run(commit)["id"], "errored")
        self.assertIn("host key", run["attributes"]["error-text"])
        self.assertEqual(self.api.log_of(run), b"", "nothing ran")
        self.assertEqual(self.sshd.arrivals(), before, "git was not let in")
        states = {key["attributes"]["state"] for key in
                  self.api.get(self.api.in_organization("/ssh-host-keys"))["data"]}
        self.assertIn("changed", states)
        waiting.until("a failing commit status", lambda: [
            status["state"] for status in self.forge.statuses(commit)][-1:] == ["failed"])
        self.confirm_what_the_operator_published()
        commit = self.push({"infra/main.tf": "# from the host that was compared\n"})
        self.deliver()
        self.wait_for_status(self.wait_for_run(commit)["id"], "planned")

    def confirm_what_the_operator_published(self):
        seen = self.api.post(self.api.in_organization("/ssh-host-keys/actions/scan"), "ssh-host-keys",
                             {"host": "127.0.0.1", "port": self.sshd.port})["data"]
        published = self.sshd.host_fingerprints()
        new = [key for key in seen if key["attributes"]["fingerprint"] in published]
        self.assertEqual(len(new), len(published))
        for key in new:
            self.assertEqual(key["attributes"]["state"], "unconfirmed")
            self.api.post(f"/ssh-host-keys/{key['id']}/actions/confirm")


if __name__ == "__main__":
    unittest.main()
