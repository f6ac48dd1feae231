"""Who reads a run's log and files, and what a browser may make of them."""

import unittest
import urllib.request

import forge
import scene
from api import Api, Refused


class ReadingRuns(scene.SceneTest):
    def setUp(self):
        super().setUp()
        self.connect(forge.GITHUB, **{"plan-command": ["sh", "-c", "echo '<script>alert(1)</script>'"]})
        commit = self.push({"infra/main.tf": "two\n"})
        self.deliver()
        self.planned = self.wait_for_status(self.wait_for_run(commit)["id"], "planned")

    def paths(self):
        run = self.planned["id"]
        plan = self.planned["relationships"]["plan"]["data"]["id"]
        files = self.planned["relationships"]["configuration-version"]["data"]["id"]
        event = self.planned["relationships"]["run-events"]["data"][0]["id"]
        return [f"/runs/{run}", f"/runs/{run}/run-events", f"/run-events/{event}", f"/runs/{run}/comments",
                f"/runs/{run}/plan", f"/plans/{plan}", f"/runs/{run}/configuration-version",
                f"/runs/{run}/configuration-version/download", f"/configuration-versions/{files}",
                f"/configuration-versions/{files}/download"]

    def token_of_team(self, access):
        team = self.api.post(self.api.in_organization("/teams"), "teams", {"name": "watchers", "organization-access": access})["data"]["id"]
        token = self.api.post(f"/teams/{team}/authentication-token")["data"]["attributes"]["token"]
        return team, Api(self.server, token)

    def refusal(self, reader, path):
        with self.assertRaises(Refused, msg=path) as refused:
            reader.send("GET", path)
        return refused.exception.status

    def test_U08_downloads_are_no_pages(self):
        plan = self.api.get(f"/runs/{self.planned['id']}/plan")["data"]["attributes"]
        archive = self.server.address + "/api/v2" + self.paths()[-1]
        for address, name in ((plan["log-read-url"], "log.txt"), (archive, "configuration.tar.gz")):
            request = urllib.request.Request(address, headers={"Authorization": "Bearer " + self.server.admin_token})
            with urllib.request.urlopen(request, timeout=30) as answer:
                headers = answer.headers
                self.assertTrue(answer.read())
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff", address)
            self.assertEqual(headers["Cache-Control"], "no-store", address)
            self.assertEqual(headers["Content-Disposition"], f'attachment; filename="{name}"')
            self.assertIn("sandbox", headers["Content-Security-Policy"])
            self.assertNotIn("html", headers["Content-Type"])

    def test_U09_another_tenant_polls_nothing(self):
        self.api.post("/organizations", "organizations", {"name": "other", "email": "ops@example.com"})
        token = self.api.post("/organizations/other/authentication-token")["data"]["attributes"]["token"]
        stranger = Api(self.server, token, "other")
        for path in self.paths():
            self.assertEqual(self.refusal(stranger, path), 404)
        listed = stranger.get(f"/organizations/other/runs?filter[workspace_names]=prod,{self.workspace}")
        self.assertEqual(listed["data"], [])

    def test_U09_polling_ends_with_the_permission(self):
        team, reader = self.token_of_team({"read-workspaces": True})
        for path in self.paths()[:5]:
            reader.get(path)
        self.api.patch(f"/teams/{team}", "teams", {"organization-access": {"read-workspaces": False}})
        for path in self.paths():
            self.assertEqual(self.refusal(reader, path), 404)
        self.api.delete(f"/teams/{team}")
        for path in self.paths():
            self.assertEqual(self.refusal(reader, path), 401)


if __name__ == "__main__":
    unittest.main()
