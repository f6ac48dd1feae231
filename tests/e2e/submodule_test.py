"""A workspace that takes submodules: their files are in the run, fetched with the provider's key and no other."""

import os
import unittest

import forge
import repo
import scene


class Submodules(scene.SceneTest):
    def setUp(self):
        super().setUp()
        self.connect(forge.GITHUB, **{
            "trigger-prefixes": [], "file-triggers-enabled": False,
            "plan-command": ["sh", "-c", "cat infra/main.tf; cat modules/net/net.tf || true"]})
        self.modules = repo.Repository(self.directory, "modules")
        self.module_commit = self.modules.push({"net.tf": "# the network of a submodule\n"}, "net")
        self.api.send("PATCH", f"/workspaces/{self.workspace}", {"data": {"type": "workspaces", "attributes": {
            "vcs-repo": {"ingress-submodules": True}}}})

    def push_submodule(self, url):
        tree = self.repository.tree
        os.makedirs(os.path.join(tree, "modules/net"), exist_ok=True)
        repo.git(tree, "update-index", "--add", "--cacheinfo", f"160000,{self.module_commit},modules/net")
        return self.push({".gitmodules": f'[submodule "net"]\n\tpath = modules/net\n\turl = {url}\n'}, "a submodule")

    def test_the_run_has_its_files(self):
        commit = self.push_submodule(self.sshd.url(self.modules))
        self.deliver()
        run = self.wait_for_status(self.wait_for_run(commit)["id"], "planned")
        self.assertIn("# the network of a submodule", self.api.log_of(run).decode())
        uses = self.api.get(self.api.in_organization("/audit-events?filter[action]=oauth-token.use"))["data"]
        self.assertTrue(any("modules.git" in str(use["attributes"]["detail"]) for use in uses), uses)

    def test_a_local_address_ends_the_run_with_a_reason(self):
        commit = self.push_submodule("file://" + self.modules.bare)
        self.deliver()
        run = self.wait_for_status(self.wait_for_run(commit)["id"], "errored")
        version = self.api.get("/configuration-versions/"
                               + run["relationships"]["configuration-version"]["data"]["id"])["data"]["attributes"]
        self.assertIn("submodule 'modules/net'", version["error-message"])
        self.assertIn("only https:// and ssh://", version["error-message"])


if __name__ == "__main__":
    unittest.main()
