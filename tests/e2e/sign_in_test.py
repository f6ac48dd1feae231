"""Connections whose secret comes from a person's sign-in, through the command line and a browser, to a run that uses
them. What the sign-in brings is found nowhere but in that run."""

import json
import re
import subprocess
import unittest
import urllib.error
import urllib.request

import connection_cli
import forge
import own_network
import scene
import secrets_test
import server
import sign_in_service

CLIENT_SECRET = "canary-" + "client-secret-of-an-application"
SUBSCRIPTION = "00000000-0000-0000-0000-00000000000c"
PRINTS = ["sh", "-c", 'echo "code $GITHUB_TOKEN"; echo "cloud $ARM_ACCESS_TOKEN for $ARM_SUBSCRIPTION_ID"']


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """One that holds a session and goes where it is sent, one step at a time."""

    def __init__(self, cookie=None):
        self.cookie = cookie
        self.opener = urllib.request.build_opener(NoRedirect)

    def go(self, url):
        request = urllib.request.Request(url)
        if self.cookie and url.startswith("http://127.0.0.1"):
            request.add_header("Cookie", self.cookie)
        try:
            answer = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read().decode()


class SignIns(connection_cli.ConnectionCommands, secrets_test.Secrets):
    ON_POSTGRES = False
    test_they_are_found_nowhere_during_a_run = None
    test_a_token_that_clones_is_found_nowhere = None
    test_the_search_finds_what_is_there = None

    def setUp(self):
        super().setUp()
        if not own_network.is_ours():
            self.skipTest("this machine lets no test have a network of its own (unshare --net)")
        self.said = []
        files = own_network.serve_names(self.directory, sign_in_service.NAMES)
        self.service = sign_in_service.SignInService(*files, CLIENT_SECRET)
        self.addCleanup(self.service.stop)
        self.start_server(self.ON_POSTGRES)
        self.api.post("/organizations", "organizations", {"name": "acme", "email": "ops@example.com"})

    def command(self, *words):
        environment = server.clean_environment(HOME=self.server.home, RUNBRIDGE_ADDRESS=self.server.address,
                                               RUNBRIDGE_TOKEN=self.server.admin_token, RUNBRIDGE_ORGANIZATION="acme",
                                               APPLICATION_SECRET=CLIENT_SECRET)
        return subprocess.Popen([server.PROGRAM, *words], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def ended(self, process, code=0):
        out, err = process.communicate(timeout=60)
        self.said.append(out + err)
        self.assertEqual(process.returncode, code, out + err)
        return out + err

    def register(self, name, kind, client_id, *more):
        return self.ended(self.command("system", "oauth-configuration", "create", name, "--type", kind, "--client-id",
                                       client_id, *more))

    def signed_in_browser(self):
        """Of the person whose token the command line has."""
        me = self.api.get("/account/details")["data"]["id"]
        link = self.api.post(f"/admin/users/{me}/actions/invite")["data"]["attributes"]["link"]
        request = urllib.request.Request(
            self.server.address + "/api/v2/invitations/actions/accept", method="POST",
            headers={"Content-Type": "application/vnd.api+json"},
            data=json.dumps({"data": {"attributes": {"secret": link.partition("#")[2],
                                                     "password": "seven small bridges over the river"}}}).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Browser(answer.headers["Set-Cookie"].partition(";")[0])

    def told(self, process, pattern):
        """What the command line says on its error stream, up to what is looked for."""
        for line in process.stderr:
            self.said.append(line)
            found = re.search(pattern, line)
            if found:
                return found[0]
        raise AssertionError(f"it never said {pattern}: {process.communicate()}")

    def test_a_browser_and_a_code_bring_what_a_run_uses(self):
        self.start_forge(forge.GITHUB)
        self.register_provider()
        self.give_clone_access()
        self.assertIn(self.server.address + "/oauth2/callback", self.register(
            "corporate", "github", "Iv1.app", "--client-secret-env", "APPLICATION_SECRET"))
        self.register("entra", "azure_rm", "entra-app")

        making = self.command("connection", "create", "--sign-in", "--set", "name=code", "type=github",
                              "credentials.type=oauth")
        url = self.told(making, r"https://github\.com/login/oauth/authorize\S+")
        stranger, person = Browser(), self.signed_in_browser()
        _, sent_back, _ = person.go(url)
        status, headers, _ = stranger.go(sent_back["Location"])
        self.assertEqual((status, headers["Location"]), (303, "/oauth2/landing?other-browser=true"))
        self.assertEqual(self.service.asked("/access_token"), [])
        status, headers, _ = person.go(sent_back["Location"])
        status, landed, text = person.go(self.server.address + headers["Location"])
        self.assertEqual(status, 200)
        self.assertIn("signed in as octocat", text)
        self.assertIn("default-src 'none'", landed["Content-Security-Policy"])
        self.assertIn("Signed in as octocat", self.ended(making))
        self.assertEqual(self.attributes("show", "code")["verification-result"], "ok")
        self.assertEqual(person.go(sent_back["Location"])[1]["Location"], "/oauth2/landing", "the state is used up")

        making = self.command("connection", "create", "--sign-in", "--set", "name=cloud", "type=azure_rm",
                              "credentials.type=automatic", f"properties.subscription_id={SUBSCRIPTION}")
        self.assertEqual(self.told(making, r"ABCD-EFGH"), "ABCD-EFGH")
        self.service.approve()
        self.assertIn("Signed in as operator@example.com", self.ended(making))
        self.assertGreaterEqual(self.service.polls, 2)
        self.assertEqual(self.attributes("show", "cloud")["verification-result"], "ok")

        workspace = self.create_workspace(**{"plan-command": PRINTS, "apply-command": [], "queue-all-runs": False})
        ids = [one["id"] for one in json.loads(self.done("list", "--json"))["data"]]
        self.api.send("PATCH", f"/workspaces/{workspace}/relationships/service-connections", {
            "data": [{"type": "service-connections", "id": one} for one in ids]})
        for name in ("code", "cloud"):
            self.done("authorize", name, "prod")
        run = self.api.post("/runs", "runs", {}, {"workspace": {"data": {"type": "workspaces", "id": workspace}}})
        ended = self.wait_for_status(run["data"]["id"], scene.FINAL)
        log = self.api.log_of(ended).decode()
        self.assertEqual(ended["attributes"]["status"], "planned_and_finished", log)
        self.assertIn("code ***\n", log)
        self.assertIn(f"cloud *** for {SUBSCRIPTION}\n", log)

        refused = self.ended(self.command("system", "oauth-configuration", "delete", "corporate", "--yes"), 1)
        self.assertIn("'code'", refused)
        self.ended(self.command("system", "oauth-configuration", "delete", "corporate", "--yes", "--force"))
        self.said.append(str(self.api.get(self.api.in_organization("/audit-events?page[size]=100"))))
        self.assertIn("oauth-authorization.grant", self.said[-1])
        self.assertNotIn("canary", "".join(self.said))
        self.assert_found_nowhere("after the run")
        self.server.stop()
        self.assert_found_nowhere("after the server's end")

    def assert_found_nowhere(self, when):
        secrets = CLIENT_SECRET, self.service.access_token, self.service.refresh_token, self.service.arm_token
        self.assert_none_found([secret.encode() for secret in secrets], when)


class SignInsOnPostgres(SignIns):
    ON_POSTGRES = True


if __name__ == "__main__":
    own_network.enter()
    unittest.main()
