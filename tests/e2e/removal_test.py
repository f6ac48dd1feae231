"""A workspace's webhook goes with it, also when the provider is away."""

import unittest

import forge
import scene
import waiting


class Removal(scene.SceneTest):
    def remove_workspace(self):
        self.api.delete(f"/workspaces/{self.workspace}")
        with self.assertRaises(scene.Refused) as gone:
            self.api.get(f"/workspaces/{self.workspace}")
        self.assertEqual(gone.exception.status, 404)

    def wait_until_hooks_are_gone(self):
        waiting.until("the hook is gone at the provider", lambda: self.forge.hooks() == [], 120)

    def test_the_hook_goes_with_the_last_workspace(self):
        self.connect(forge.GITHUB)
        other = self.create_workspace("other")
        self.remove_workspace()
        self.workspace = other
        self.clear_first_run()
        self.assertEqual(len(self.forge.hooks()), 1)
        self.remove_workspace()
        self.wait_until_hooks_are_gone()

    def test_it_goes_at_azure_devops_server_too(self):
        self.connect(forge.ADO_SERVER)
        self.remove_workspace()
        self.wait_until_hooks_are_gone()

    def test_a_provider_that_is_away_holds_nothing_up(self):
        self.connect(forge.GITHUB)
        self.forge.fail(count=0, status=503, match="hooks")
        self.remove_workspace()
        waiting.until("the removal was tried and refused", lambda: any(
            "/hooks" in entry["path"] and entry.get("status") == 503
            for entry in self.forge.control("GET", "diary")))
        self.assertEqual(len(self.forge.hooks()), 1)
        self.forge.heal()
        self.wait_until_hooks_are_gone()


if __name__ == "__main__":
    unittest.main()
