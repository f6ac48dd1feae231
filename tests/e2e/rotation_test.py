"""A webhook's secret is changed: the provider gets the new one, and its next push is proven with it."""

import unittest

import forge
import scene
import waiting


class Rotation(scene.SceneTest):
    def rotate(self, product):
        self.connect(product)
        hook = self.api.get(self.api.in_organization("/vcs-hooks"))["data"][0]["id"]
        self.api.post(f"/vcs-hooks/{hook}/actions/rotate-secret", "vcs-hooks", {"overlap-seconds": 0})
        waiting.until("the provider has the new secret", lambda: not self.api.get(
            f"/vcs-hooks/{hook}")["data"]["attributes"]["former-secret-accepted"])
        commit = self.push({"infra/main.tf": "# after the change\n"})
        self.deliver()
        self.wait_for_status(self.wait_for_run(commit)["id"], "planned")

    def test_github(self):
        self.rotate(forge.GITHUB)

    def test_azure_devops_server(self):
        self.rotate(forge.ADO_SERVER)


if __name__ == "__main__":
    unittest.main()
