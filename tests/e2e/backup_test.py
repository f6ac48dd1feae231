"""`runbridge backup`: a copy is taken from a server at work, the machine is lost, and another goes on from the copy."""

import json
import os
import shutil
import stat
import subprocess
import threading
import unittest

import database
import forge
import scene
import server
import waiting


class Backup(scene.SceneTest):
    ON_POSTGRES = False

    def settings(self):
        more = ["--database", self.database.url] if self.database else []
        return ["--data-dir", self.server.data_dir, "--master-key-file", self.key, *more]

    def backup(self, action, *arguments):
        """Exit status and what it printed."""
        done = subprocess.run([server.PROGRAM, "backup", action, self.copy, *arguments, *self.settings()], capture_output=True,
                              text=True, timeout=120, check=False, env=server.clean_environment(HOME=self.directory))
        return done.returncode, done.stdout if done.returncode == 0 else done.stderr

    def deliver_until(self, stop, acknowledged):
        number = 0
        while not stop.is_set():
            number += 1
            self.push({"docs/readme.md": f"{number}\n"})
            self.deliver()
            acknowledged.append(number)

    def lose_the_machine(self):
        """What is left: the backup, and the key that was kept apart."""
        self.server.kill()
        shutil.rmtree(self.server.data_dir)
        if self.database:
            lost, self.database = self.database, database.PostgresDatabase()
            self.addCleanup(self.database.drop)
            lost.drop()
            self.server.database = self.database.url

    def test_another_machine_goes_on_from_the_copy(self):
        self.copy = os.path.join(self.directory, "copy")
        self.connect(forge.GITHUB, self.ON_POSTGRES)
        self.key = os.path.join(self.directory, "kept-apart.key")
        shutil.copy2(os.path.join(self.server.data_dir, "master.key"), self.key)
        commit = self.push({"infra/main.tf": "before the backup\n"})
        self.deliver()
        planned = self.wait_for_status(self.wait_for_run(commit)["id"], "planned")
        log = self.api.log_of(planned)
        self.wait_until_deliveries_are_done()

        before, stop, acknowledged = self.count("SELECT COUNT(*) FROM deliveries"), threading.Event(), []
        load = threading.Thread(target=self.deliver_until, args=(stop, acknowledged))
        load.start()
        try:
            waiting.until("deliveries are acknowledged", lambda: len(acknowledged) >= 3)
            known = len(acknowledged)
            code, said = self.backup("create")
        finally:
            stop.set()
            load.join()
        self.assertEqual(code, 0, said)
        self.assertIn("keep that one apart", said)
        self.assertEqual(stat.S_IMODE(os.stat(self.copy).st_mode), 0o700)
        self.assertNotEqual(self.backup("create")[0], 0, "a backup was overwritten")

        self.lose_the_machine()
        code, said = self.backup("check", "--json")
        self.assertEqual(code, 0, said)
        self.assertEqual(json.loads(said)["database"], "PostgreSQL" if self.ON_POSTGRES else "SQLite")
        code, said = self.backup("restore")
        self.assertEqual(code, 0, said)
        self.server.flags += ["--master-key-file", self.key]
        self.server.start()

        self.assertGreaterEqual(self.count("SELECT COUNT(*) FROM deliveries"), before + known)
        verified = self.api.post(f"/oauth-clients/{self.client_id}/actions/verify")["data"]["attributes"]
        self.assertIn(verified["health"], ("healthy", "warning"), verified)  # the token opened
        self.assertEqual(self.api.log_of(self.api.run(planned["id"])), log)
        self.api.post(f"/runs/{planned['id']}/actions/discard")
        commit = self.push({"infra/main.tf": "after the restore\n"})  # with the hook, and cloned with the key
        self.deliver()
        run = self.wait_for_run(commit)
        self.wait_for_status(run["id"], "planned")
        self.confirm(run["id"])


class BackupOfPostgres(Backup):
    ON_POSTGRES = True


class Words(unittest.TestCase):
    def ask(self, *arguments):
        done = subprocess.run([server.PROGRAM, "backup", *arguments], capture_output=True, text=True, timeout=60, check=False,
                              env=server.clean_environment())
        return done.returncode, done.stdout + done.stderr

    def test_how_it_is_called(self):
        code, text = self.ask("--help")
        self.assertEqual(code, 0)
        self.assertIn("backup restore DIRECTORY", text)
        for wrong in ((), ("create",), ("burn", "x"), ("create", "--no-logs")):
            code, text = self.ask(*wrong)
            self.assertEqual(code, 2, wrong)
            self.assertIn("Usage:", text)
        code, text = self.ask("create", "/tmp/x", "--listne", "y")
        self.assertEqual(code, 2)
        self.assertIn("--listne", text)


if __name__ == "__main__":
    unittest.main()
