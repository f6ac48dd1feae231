"""A walk along the command line: from the set-up link to an applied run."""

import dataclasses
import json
import os
import re
import subprocess
import unittest

import api
import forge
import scene
import server
import sshd
import waiting


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str


class CommandLine(scene.SceneTest):
    def setUp(self):
        super().setUp()
        self.start_server(admin=False)
        self.home = os.path.join(self.directory, "home")
        os.mkdir(self.home)

    def type(self, *words, given=None, address=True):
        environment = server.clean_environment(HOME=self.home)
        if address:
            environment["RUNBRIDGE_ADDRESS"] = self.server.address
        done = subprocess.run([server.PROGRAM, *words], input=given or "", env=environment, capture_output=True,
                              text=True, timeout=60, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def done(self, *words, **more):
        outcome = self.type(*words, **more)
        self.assertEqual(outcome.code, 0, f"runbridge {' '.join(words)}\n{outcome.out}\n{outcome.err}")
        return outcome.out

    def document(self, *words, **more):
        return json.loads(self.done(*words, "--json", **more))

    def refused(self, *words, code=1, **more):
        outcome = self.type(*words, **more)
        self.assertEqual(outcome.code, code, f"runbridge {' '.join(words)}\n{outcome.out}\n{outcome.err}")
        self.assertTrue(outcome.out or outcome.err)
        return outcome

    def set_up(self):
        link = self.server.setup_link()
        self.assertTrue(link, self.server.banner)
        self.done("setup", link, "--email", "ann@example.com", "--new-organization", "acme", address=False)
        return link

    def add_provider(self):
        self.start_forge(forge.GITHUB)
        self.done("provider", "add", "--kind", "github", "--name", "forge", "--http-url", self.forge.http_url,
                  "--api-url", self.forge.api_url, "--token-file", "-", given=self.provider_token + "\n")

    # --- the beginning ------------------------------------------------------------------------------------------

    def test_the_set_up_link_works_once(self):
        self.refused("provider", "list")
        link = self.set_up()
        self.refused("setup", link, "--email", "eve@example.com", "--new-organization", "evil", address=False)
        self.assertIn("acme", self.done("organization", "list"))
        self.assertIn("acme", self.done("organization", "list", address=False))
        mode = os.stat(os.path.join(self.home, ".config/runbridge/credentials.json")).st_mode & 0o777
        self.assertEqual(mode, 0o600)

    def test_exit_codes_tell_wrong_usage_from_refusals(self):
        self.assertEqual(self.type("--help").code, 0)
        self.refused(code=2)
        self.refused("provider", "lst", code=2)
        self.refused("workspace", "create", code=2)
        self.refused("server", "--no-such-flag", code=2)
        self.set_up()
        self.refused("workspace", "show", "nothing")
        self.refused("provider", "show", "nothing")

    def test_a_server_that_is_not_there_is_said_so(self):
        self.set_up()
        self.server.stop()
        outcome = self.refused("provider", "list")
        self.assertIn("127.0.0.1", outcome.err)

    # --- providers and keys -------------------------------------------------------------------------------------

    def test_providers(self):
        self.set_up()
        self.assertIn("ado_server", self.done("provider", "kinds"))
        self.add_provider()
        self.assertIn("forge", self.done("provider", "list"))
        self.assertIn("passed", self.done("provider", "verify", "forge"))
        self.assertRegex(self.done("provider", "show", "forge"), r"Token id: +ot-\w+")
        self.assertEqual(self.document("provider", "verify", "forge")["data"]["attributes"]["name"], "forge")
        self.assertIn("octo/hello", self.done("provider", "repos", "forge"))
        self.assertIn("main", self.done("provider", "branches", "forge", "octo/hello"))
        self.done("provider", "rotate", "forge", given="ghp_notthisone\n")
        self.assertIn("failed", self.refused("provider", "verify", "forge").out)
        self.done("provider", "rotate", "forge", given=self.provider_token + "\n")
        self.done("provider", "verify", "forge")
        self.refused("provider", "delete", "forge")
        self.done("provider", "delete", "forge", "--yes")
        self.assertNotIn("octo", self.done("provider", "list"))

    def step(self, name, url):
        """The test's steps as {name: state}; it must fail."""
        outcome = self.refused("key", "test", url, "--key", "clone", "--json")
        checks = json.loads(outcome.out)["data"]["attributes"]["checks"]
        failed = [check for check in checks if check["state"] == "failed"]
        self.assertEqual([check["name"] for check in failed], [name], checks)
        self.assertTrue(failed[0]["message"] and failed[0]["remedy"], failed)

    def test_each_failing_step_of_a_key_is_named(self):
        self.set_up()
        self.start_forge(forge.GITHUB)
        key = self.document("key", "generate", "clone")["data"]["attributes"]
        self.assertIn("clone", self.done("key", "list"))
        url = self.sshd.url(self.repository)
        wrong_port = url.replace(f":{self.sshd.port}", f":{sshd.free_port()}")
        self.step("connect", wrong_port)
        self.step("host-key", url)
        self.confirm_host()
        self.step("authentication", url)
        self.sshd.authorize(key["public-key"])
        self.step("repository", url + "-not")
        self.assertIn("passed", self.done("key", "test", url, "--key", "clone"))
        self.refused("key", "test", url)

    def confirm_host(self):
        found = self.document("host", "scan", "127.0.0.1", "--port", str(self.sshd.port))["data"]
        for key in found:
            self.assertIn(key["attributes"]["fingerprint"], self.sshd.host_fingerprints())
            self.done("host", "confirm", key["id"])
        self.assertIn("confirmed", self.done("host", "list"))

    # --- workspaces and runs ------------------------------------------------------------------------------------

    def test_from_a_workspace_to_an_applied_run(self):
        self.set_up()
        self.add_provider()
        key = self.document("key", "generate", "--provider", "forge")["data"]["attributes"]
        self.sshd.authorize(key["public-key"])
        self.confirm_host()
        self.assertIn("passed", self.done("key", "test", "octo/hello", "--provider", "forge"))
        self.done("workspace", "create", "prod", "--provider", "forge", "--repository", "octo/hello",
                  "--trigger-prefix", "infra", "--plan-command", "cat infra/main.tf",
                  "--apply-command", "cat infra/main.tf", "--queue-all-runs", "true")
        self.assertIn("octo/hello", self.done("workspace", "show", "prod"))
        self.assertIn("prod", self.done("workspace", "list"))
        self.done("workspace", "update", "prod", "--tag", "web", "--tag", "stage=live")
        self.assertIn("stage=live", self.done("workspace", "show", "prod"))
        for tag in ("web", "stage=live", "stage="):
            self.assertIn("prod", self.done("workspace", "list", "--tag", tag), tag)
        for tag in ("other", "stage=test", "other="):
            self.assertNotIn("octo/hello", self.done("workspace", "list", "--tag", tag), tag)
        self.done("workspace", "update", "prod", "--tag", "")
        self.assertNotIn("stage=live", self.done("workspace", "show", "prod"))
        waiting.until("the hook is installed", lambda: len(self.forge.hooks()) == 1)
        first = self.wait_for_newest(1)
        self.done("run", "discard", first)
        self.push({"infra/main.tf": "# from the command line\n"})
        self.forge.deliver_push()
        run = self.wait_for_newest(2)
        self.assertIn("# from the command line", self.done("run", "log", run))
        self.done("run", "confirm", run, "--comment", "looks right")
        waiting.until("the run is applied", lambda: self.status(run) == "applied")
        self.assertIn(run, self.done("run", "list"))
        self.assertIn("push", self.done("delivery", "list"))
        self.assertIn(run, self.done("workspace", "decisions", "prod"))
        self.refused("run", "confirm", run)
        self.look_at_previews()
        self.look_at_the_system()
        self.assertIn("installed", self.done("hook", "list"))
        self.done("audit", "list")
        self.done("workspace", "delete", "prod", "--yes")

    def look_at_previews(self):
        ready = self.document("workspace", "preview", "prod")["data"]["attributes"]
        newest = ready["pushes"][0]
        self.assertEqual((newest["would-run"], newest["matched-rule"], newest["matched-path"]),
                         (True, "prefix 'infra'", "infra/main.tf"))
        elsewhere = self.done("workspace", "preview", "prod", "--trigger-prefix", "network", "--commits", "1")
        self.assertIn("there is no file below 'network'", elsewhere)
        made_later = self.document("workspace", "preview", "--provider", "forge", "--repository", "octo/hello",
                                   "--trigger-pattern", "**/*.tf")["data"]["attributes"]
        self.assertTrue(made_later["pushes"][0]["would-run"])
        self.refused("workspace", "preview", "prod", "--working-directory", "../..")
        workspace = self.document("workspace", "show", "prod")["data"]["id"]
        stranger = self.api_of_another_organization()
        ask = ("trigger-previews", {})
        for path in (f"/workspaces/{workspace}/trigger-previews", "/organizations/acme/trigger-previews"):
            with self.assertRaises(api.Refused) as refused:
                stranger.post(path, *ask)
            self.assertEqual(refused.exception.status, 404, path)

    def api_of_another_organization(self):
        with open(os.path.join(self.home, ".config/runbridge/credentials.json"), encoding="utf-8") as file:
            token = re.search(r'"token": *"([^"]+)"', file.read())[1]
        administrator = api.Api(self.server, token, "globex")
        administrator.post("/organizations", "organizations", {"name": "globex", "email": "ops@example.com"})
        made = administrator.post("/organizations/globex/authentication-token", "authentication-tokens", {})
        return api.Api(self.server, made["data"]["attributes"]["token"], "globex")

    def look_at_the_system(self):
        facts = self.document("system", "show")["data"]["attributes"]
        self.assertEqual(facts["database"]["kind"], "sqlite")
        self.assertGreater(facts["database"]["size-bytes"], 0)
        self.assertGreater(facts["disk"]["free-bytes"], 0)
        self.assertIn("Version", self.done("system", "show"))
        self.change_signing_keys()
        with self.assertRaises(api.Refused) as refused:
            api.Api(self.server, "not-a-token").get("/admin/system")
        self.assertEqual(refused.exception.status, 401)
        self.assertIn("push", self.done("delivery", "list", "--search", "PUSH"))
        self.assertNotIn("octo", self.done("delivery", "list", "--to", "2001-01-01T00:00:00Z"))
        self.assertIn("workspace.create", self.done("audit", "list", "--action", "workspace."))
        self.assertNotIn("workspace.create", self.done("audit", "list", "--who", "nobody"))

    def change_signing_keys(self):
        def states():
            return [key["attributes"]["state"] for key in self.document("system", "signing-key", "list")["data"]]

        self.assertIn("No key yet", self.done("system", "signing-key", "list"))
        self.done("system", "signing-key", "rotate")
        self.assertIn("signs from", self.done("system", "signing-key", "rotate", "--overlap-seconds", "3600"))
        self.assertEqual(states(), ["upcoming", "signing"])
        self.refused("system", "signing-key", "rotate")
        self.done("system", "signing-key", "rotate", "--overlap-seconds", "0")
        self.assertEqual(states(), ["signing"])

    def status(self, run):
        return self.document("run", "show", run)["data"]["attributes"]["status"]

    def wait_for_newest(self, count):
        """Of `count` runs the newest, once it is planned."""

        def look():
            runs = self.document("run", "list", "--workspace", "prod")["data"]
            newest = max(runs, key=lambda run: run["attributes"]["created-at"], default=None)
            if len(runs) == count and newest["attributes"]["status"] == "planned":
                return newest["id"]
            return None

        return waiting.until(f"run number {count} is planned", look, 60)


if __name__ == "__main__":
    unittest.main()
