"""A workspace's webhook goes with it, also when the provider is away."""

import unittest
import urllib.error
import urllib.request

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

    def test_an_organization_takes_its_hooks_and_secrets_along(self):
        self.connect(forge.GITHUB)
        self.tell_the_end_of_an_organization()

    def test_an_organization_takes_its_hooks_and_secrets_along_on_postgres(self):
        self.connect(forge.GITHUB, on_postgres=True)
        self.tell_the_end_of_an_organization()

    def tell_the_end_of_an_organization(self):
        """Deleted while the provider is away: unseen at once, its hook deaf at once, and removed when that is possible."""
        self.assertGreater(self.count("SELECT COUNT(*) FROM secrets"), 1)
        url = self.forge.hooks()[0]["config"]["url"]
        self.api.post(f"/workspaces/{self.workspace}/vars", "vars",
                      {"key": "password", "value": "hidden-value", "category": "env", "sensitive": True})
        self.api.post(self.api.in_organization("/ssh-keys"), "ssh-keys", {"name": "modules", "value": "some key"})
        project = self.api.get(f"/workspaces/{self.workspace}")["data"]["relationships"]["project"]["data"]["id"]
        self.api.post(f"/projects/{project}/service-connections", "service-connections", {
            "name": "deploy", "connection-type": "generic", "scheme": "username_password", "verify": False,
            "parameters": {"server_url": "https://service.example.com", "username": "ada", "password": "hidden"}})
        self.forge.fail(count=0, status=503, match="hooks")
        self.api.delete("/organizations/acme")
        for path in ("/organizations/acme", f"/workspaces/{self.workspace}", f"/oauth-clients/{self.client_id}"):
            with self.assertRaises(scene.Refused) as gone:
                self.api.get(path)
            self.assertEqual(gone.exception.status, 404, path)
        self.assertEqual(self.status_of_a_delivery_to(url), 404)
        self.assertEqual(self.count("SELECT COUNT(*) FROM workspaces"), 0)
        self.assertEqual(self.count("SELECT COUNT(*) FROM service_connections"), 0)
        # Its name is free, and what is made under it has nothing of the old one.
        self.api.post("/organizations", "organizations", {"name": "acme", "email": "ops@example.com"})
        self.assertEqual(self.api.get(self.api.in_organization("/vcs-hooks"))["data"], [])
        self.forge.heal()
        self.wait_until_hooks_are_gone()
        waiting.until("the old organization's row is gone", lambda: self.count("SELECT COUNT(*) FROM organizations") == 1)
        self.assertEqual(self.count("SELECT COUNT(*) FROM oauth_tokens"), 0)
        self.assertEqual(self.count("SELECT COUNT(*) FROM secrets"), self.count("SELECT COUNT(*) FROM run_secrets"))
        self.assertEqual(self.count("SELECT COUNT(*) FROM audit_events WHERE action = 'webhook.remove'"), 1)

    def status_of_a_delivery_to(self, url):
        request = urllib.request.Request(url, b"{}", {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code


if __name__ == "__main__":
    unittest.main()
