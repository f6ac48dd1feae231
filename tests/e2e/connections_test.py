"""Service connections from outside: verified by a real call before they are saved; a run without authorization starts
nothing; an authorized one receives variables and files in memory, masked in its log; canaries in every field are found
nowhere else."""

import base64
import unittest

import feed
import forge
import scene
import secrets_test
from api import Refused

PASSWORD = "canary-" + "pAssw0rd"
TOKEN = "canary-" + "t0ken-of-a-feed"
PRINTS = """
echo begun
echo "token $NPM_TOKEN"
echo "coded $(printf %s "$NPM_TOKEN" | base64)"
cat "$NPM_CONFIG_USERCONFIG"
stat -c 'mode %a' "$NPM_CONFIG_USERCONFIG"
stat -f -c 'on %T' "$NPM_CONFIG_USERCONFIG"
first=${NPM_TOKEN%t0ken*}
for i in 1 2 3; do printf %s "$first"; sleep 0.05; echo "${NPM_TOKEN#$first}"; done
cat infra/main.tf
"""


class Connections(secrets_test.Secrets):
    ON_POSTGRES = False
    test_they_are_found_nowhere_during_a_run = None
    test_a_token_that_clones_is_found_nowhere = None
    test_the_search_finds_what_is_there = None

    def setUp(self):
        super().setUp()
        self.feed = feed.start(self, TOKEN)

    def project(self):
        return self.api.get(self.api.in_organization("/projects"))["data"][0]["id"]

    def create(self, name, kind, scheme, parameters, **more):
        path = f"/projects/{self.project()}/service-connections"
        return self.api.post(path, "service-connections", {
            "name": name, "connection-type": kind, "scheme": scheme, "parameters": parameters, **more})["data"]

    def name(self, workspace, *connections):
        self.api.send("PATCH", f"/workspaces/{workspace}/relationships/service-connections", {
            "data": [{"type": "service-connections", "id": one} for one in connections]})

    def authorize(self, connection, workspace):
        self.api.send("POST", f"/service-connections/{connection}/relationships/authorized-workspaces",
                      {"data": [{"type": "workspaces", "id": workspace}]})

    def start_run(self, workspace, **attributes):
        return self.api.post("/runs", "runs", attributes, {
            "workspace": {"data": {"type": "workspaces", "id": workspace}}})["data"]["id"]

    def wait_for_end(self, run):
        return self.wait_for_status(run, scene.FINAL | {"planned"})

    def test_a_run_receives_what_it_is_authorized_for_and_nothing_else(self):
        self.start_world(forge.GITHUB, self.ON_POSTGRES)
        self.register_provider()
        self.give_clone_access()
        self.workspace = self.create_workspace(**{"plan-command": ["sh", "-c", PRINTS], "apply-command": []})
        self.wait_for_hooks()
        self.clear_first_run()
        made = self.create("feed", "npm", "external_azure_pipelines", {
            "registry_url": self.feed + "/", "token": TOKEN}, verify=False)
        self.assertEqual(made["attributes"]["secrets-set"], ["token"])
        self.create("unused", "generic", "username_password", {
            "server_url": "https://service.example.com", "username": "ada", "password": PASSWORD}, verify=False)
        self.name(self.workspace, made["id"])

        refused = self.wait_for_end(self.start_run(self.workspace))
        self.assertEqual(refused["attributes"]["status"], "errored")
        self.assertIn("resource authorization", refused["attributes"]["error-text"])
        self.assertIn("'feed'", refused["attributes"]["error-text"])
        self.assertIn("'prod'", refused["attributes"]["error-text"])
        self.assertNotIn(b"begun", self.api.log_of(refused))
        named = self.api.get(f"/runs/{refused['id']}/relationships/service-connections")["data"]
        self.assertEqual([one["meta"]["authorized"] for one in named], [False])

        self.authorize(named[0]["id"], self.workspace)
        run = self.wait_for_end(self.start_run(self.workspace))
        log = self.api.log_of(run)
        self.assertEqual(run["attributes"]["status"], "planned_and_finished", log)
        self.assertIn(b"begun", log)
        self.assertIn(b"token ***\n", log)
        self.assertIn(b"coded ***", log)
        self.assertIn(b":_authToken=${NPM_TOKEN}", log)
        self.assertIn(b"mode 600", log)
        self.assertIn(b"on tmpfs", log)
        self.assertNotIn(TOKEN.encode(), log)
        self.assertNotIn(base64.b64encode(TOKEN.encode()), log)
        self.assertEqual(log.count(b"***"), 5)
        self.assertIsNotNone(self.api.get(f"/service-connections/{made['id']}")["data"]["attributes"]["last-used-at"])

        other = self.start_run(self.create_workspace("other", **{"plan-command": ["env"], "apply-command": []}))
        other_log = self.api.log_of(self.wait_for_end(other))
        self.assertNotIn(b"NPM_CONFIG", other_log)

        self.assert_found_nowhere("after the runs")
        audited = str(self.api.get(self.api.in_organization("/audit-events?page[size]=100")))
        self.assertIn("service-connection.use", audited)
        self.assertIn("service-connection.refuse", audited)
        self.assertNotIn("canary", audited)
        self.server.stop()
        self.assert_found_nowhere("after the server's end")

    def test_verify_and_save_makes_a_real_call(self):
        self.start_server(self.ON_POSTGRES)
        self.api.post("/organizations", "organizations", {"name": "acme", "email": "ops@example.com"})
        url = self.feed + "/"
        with self.assertRaises(Refused) as refusal:
            self.create("feed", "npm", "external_azure_pipelines", {"registry_url": url, "token": "canary-wrong-token"})
        self.assertEqual(refusal.exception.status, 422)
        self.assertNotIn("canary", refusal.exception.text)
        made = self.create("feed", "npm", "external_azure_pipelines", {"registry_url": url, "token": TOKEN})
        self.assertIn(made["attributes"]["verification-result"], ("ok", "ok_with_warning"))
        again = self.api.post(f"/service-connections/{made['id']}/actions/verify")["data"]["attributes"]
        self.assertIn(again["result"], ("ok", "ok_with_warning"), again)
        self.assertNotIn("canary", str(again))
        shown = self.api.get(f"/service-connections/{made['id']}")["data"]["attributes"]
        self.assertEqual(shown["secrets-set"], ["token"])
        self.assertNotIn("canary", str(shown))
        self.server.stop()
        self.assert_found_nowhere("after the server's end")

    def assert_found_nowhere(self, when):
        self.assert_none_found([TOKEN.encode(), PASSWORD.encode()], when)


class ConnectionsOnPostgres(Connections):
    ON_POSTGRES = True


if __name__ == "__main__":
    unittest.main()
