"""Everything that a test of the whole product needs, made step by step as a person would make it."""

import contextlib
import os
import secrets
import shutil
import sqlite3
import sys
import tempfile
import unittest

import database
import forge
import processes
import repo
import server
import sshd
import waiting
from api import Api, Refused

FINAL = {"applied", "planned_and_finished", "discarded", "errored", "canceled", "force_canceled"}


class SceneTest(unittest.TestCase):
    """A temporary directory, processes that end with the test, and the server's log when it fails."""

    FLAGS = ()  # of every server

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="e2e-")
        os.chmod(self.directory, 0o755)
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.server = None
        self.forge = None
        self.database = None
        self.addCleanup(self._tell_if_failed)

    def _tell_if_failed(self):
        if getattr(self._outcome, "success", True):
            return
        for name, part in (("server", self.server), ("fake", self.forge)):
            if part:
                print(f"\n--- {name}'s log ({self.id()}) ---", file=sys.stderr)
                print(processes.tail(part.log_path, 150), file=sys.stderr)

    # --- the pieces ---------------------------------------------------------------------------------------------

    def start_server(self, on_postgres=False, admin=True, flags=()):
        url = None
        if on_postgres:
            if not database.server_url():
                self.skipTest("RUNBRIDGE_TEST_POSTGRES is not set")
            self.database = database.PostgresDatabase()
            self.addCleanup(self.database.drop)
            url = self.database.url
        self.server = server.Server(self.directory, url, admin, (*self.FLAGS, *flags))
        self.addCleanup(self.server.stop)
        self.server.start()
        self.api = Api(self.server, self.server.admin_token) if admin else None
        return self.server

    def start_second_server(self):
        """Another process over the same PostgreSQL database and data directory."""
        flags = (*self.FLAGS, "--mirror-dir", os.path.join(self.directory, "second-mirrors"))
        second = server.Server(self.directory, self.database.url, False, flags, "second")
        self.addCleanup(second.stop)
        second.start()
        return second, Api(second, self.server.admin_token)

    def start_world(self, product, on_postgres=False):
        """The server, an sshd with a repository, and the hosting product in front of it; nothing registered yet."""
        self.start_server(on_postgres)
        self.api.post("/organizations", "organizations", {"name": "acme", "email": "ops@example.com"})
        self.start_forge(product)

    def start_forge(self, product):
        self.repository = repo.Repository(self.directory)
        self.repository.push({"infra/main.tf": "# first\n", "docs/readme.md": "hello\n"}, "first")
        self.sshd = sshd.SshServer(self.directory)
        self.addCleanup(self.sshd.stop)
        self.sshd.start()
        self.forge = forge.Forge(product, self.directory, self.repository, self.sshd.url_template())
        self.addCleanup(self.forge.stop)
        token = product.token_prefix + secrets.token_hex(18)
        self.provider_token = product.account + token
        self.forge.accept_token(token)

    def register_provider(self):
        product = self.forge.product
        client = self.api.post(self.api.in_organization("/oauth-clients"), "oauth-clients", {
            "name": "forge", "service-provider": product.kind, "http-url": self.forge.http_url,
            "api-url": self.forge.api_url, "oauth-token-string": self.provider_token})["data"]
        self.client_id = client["id"]
        self.token_id = client["relationships"]["oauth-tokens"]["data"][0]["id"]
        verified = self.api.post(f"/oauth-clients/{self.client_id}/actions/verify")["data"]["attributes"]
        failed = [check for check in verified["checks"] if check["state"] == "failed"]
        self.assertEqual(failed, [])
        self.assertIn(verified["health"], ("healthy", "warning"), verified["checks"])

    def give_clone_access(self):
        """A key minted by the server, its public half at the host, the host's keys compared and pinned."""
        key = self.api.post(f"/oauth-tokens/{self.token_id}/actions/generate-ssh-key")["data"]["attributes"]
        self.assertTrue(key["public-key"].startswith(self.forge.product.key_type), key)
        self.sshd.authorize(key["public-key"])
        self.pin_host()

    def pin_host(self):
        found = self.api.post(self.api.in_organization("/ssh-host-keys/actions/scan"), "ssh-host-keys",
                              {"host": "127.0.0.1", "port": self.sshd.port})["data"]
        published = self.sshd.host_fingerprints()
        self.assertTrue(found)
        for key in found:
            self.assertIn(key["attributes"]["fingerprint"], published)
            self.api.post(f"/ssh-host-keys/{key['id']}/actions/confirm")

    def create_workspace(self, name="prod", **more):
        attributes = {"name": name, "queue-all-runs": True, "trigger-prefixes": ["infra"],
                      "plan-command": ["cat", "infra/main.tf"], "apply-command": ["cat", "infra/main.tf"],
                      "vcs-repo": {"identifier": self.forge.product.identifier, "oauth-token-id": self.token_id},
                      **more}
        made = self.api.post(self.api.in_organization("/workspaces"), "workspaces", attributes)["data"]
        return made["id"]

    def connect(self, product, on_postgres=False, **workspace):
        """From nothing to a workspace whose hook is installed and that has no run under way."""
        self.start_world(product, on_postgres)
        self.register_provider()
        self.give_clone_access()
        self.workspace = self.create_workspace(**workspace)
        self.wait_for_hooks()
        self.clear_first_run()

    def wait_for_hooks(self):
        expected = self.forge.product.hooks
        waiting.until("the hook is installed at the provider", lambda: len(self.forge.hooks()) == expected)
        path = self.api.in_organization("/vcs-hooks")
        waiting.until("the hook is known to be installed", lambda: [
            hook["attributes"]["status"] for hook in self.api.get(path)["data"]] == ["installed"])

    def clear_first_run(self):
        """With queue-all-runs, connecting makes a run of the branch's head: it is waited for and discarded."""
        first = waiting.until("the first run", lambda: self.api.runs(self.workspace))
        run = self.wait_for_status(first[0]["id"], {"planned"} | FINAL)
        self.assertNotEqual(run["attributes"]["status"], "errored", run["attributes"])
        if run["attributes"]["status"] == "planned":
            self.api.post(f"/runs/{run['id']}/actions/discard")
            self.wait_for_status(run["id"], FINAL)

    def count(self, query):
        """A number out of the server's database."""
        if self.database:
            return int(self.database.value(query))
        with contextlib.closing(sqlite3.connect(os.path.join(self.server.data_dir, "runbridge.db"), timeout=10)) as file:
            return int(file.execute(query).fetchone()[0])

    # --- what happens -------------------------------------------------------------------------------------------

    def push(self, files, message="change", branch="main"):
        return self.repository.push(files, message, branch)

    def deliver(self, **more):
        """The product's own deliveries for what was pushed; each must be taken in."""
        sent = self.forge.deliver_push(**more)
        self.assertTrue(sent, "the product had nothing to send")
        for delivery in sent:
            self.assertIn(delivery.get("response", {}).get("status"), (200, 202), delivery)
        return sent

    def wait_for_status(self, run_id, wanted, seconds=60):
        wanted = {wanted} if isinstance(wanted, str) else set(wanted)

        def look():
            run = self.api.run(run_id)
            status = run["attributes"]["status"]
            if status in wanted:
                return run
            if status in FINAL:
                log = self.api.log_of(run)
                raise AssertionError(f"{run_id} ended as {status}, not {sorted(wanted)}: {run['attributes']}\n{log!r}")
            return None

        try:
            return waiting.until(f"{run_id} is {sorted(wanted)}", look, seconds)
        except waiting.TimedOut as error:
            raise AssertionError(f"{error}; it is {self.api.run(run_id)['attributes']}") from None

    def wait_for_run(self, commit, workspace=None, seconds=60):
        workspace = workspace or self.workspace
        found = waiting.until(f"a run of {commit}", lambda: self.api.runs_of_commit(workspace, commit), seconds)
        return found[0]

    def wait_until_deliveries_are_done(self):
        path = self.api.in_organization("/deliveries?page[size]=100")

        def all_done():
            answer = self.api.get(path)
            states = [one["attributes"]["state"] for one in answer["data"]]
            if len(states) < min(100, answer["meta"]["pagination"]["total-count"]):
                return False  # some that came together are on disk and not in the list yet
            return bool(states) and all(state in ("done", "ignored") for state in states)

        waiting.until("every delivery is done", all_done, 60)

    def confirm(self, run_id):
        self.api.post(f"/runs/{run_id}/actions/apply", "runs", {})
        return self.wait_for_status(run_id, "applied")

    def only_run_of(self, commit):
        runs = self.api.runs_of_commit(self.workspace, commit)
        self.assertEqual(len(runs), 1, [run["attributes"] for run in runs])
        return runs[0]


__all__ = ["FINAL", "Refused", "SceneTest"]
