"""`runbridge doctor`: what it sees of a server that is well, and of one that is not; it changes nothing."""

import json
import os
import subprocess
import unittest

import forge
import scene
import server

RULES = ("--outbound-allow", "127.0.0.1", "--outbound-http", "127.0.0.1")


class Doctor(scene.SceneTest):
    def ask(self, *flags):
        """Exit status, and each check's state and text by its name."""
        done = subprocess.run([server.PROGRAM, "doctor", "--json", *flags], capture_output=True, text=True, timeout=60, check=False,
                              env=server.clean_environment(HOME=self.directory))
        if done.returncode == 2:
            return 2, done.stderr
        answer = json.loads(done.stdout)
        self.assertEqual(answer["well"], done.returncode == 0)
        return done.returncode, {one["name"]: one for one in answer["checks"]}

    def test_before_the_first_start_nothing_is_made(self):
        path = os.path.join(self.directory, "nothing")
        code, checks = self.ask("--data-dir", path, "--sandbox", "plain")
        self.assertEqual(code, 0, checks)
        self.assertEqual({checks[name]["state"] for name in ("data directory", "master key", "database", "clock")}, {"skipped"})
        self.assertEqual(checks["git"]["state"], "ok")
        self.assertEqual(checks["sandbox"]["state"], "warning")
        self.assertFalse(os.path.exists(path))

    def test_a_server_that_is_well_and_then_is_not(self):
        self.start_world(forge.GITHUB)
        self.register_provider()
        data = ("--data-dir", self.server.data_dir)
        code, checks = self.ask(*data, *RULES)
        self.assertEqual((code, checks["database"]["state"]), (0, "skipped"), "a file of SQLite belongs to one process")
        self.server.stop()
        code, checks = self.ask(*data, *RULES)
        provider = next(name for name in checks if name.startswith("provider "))
        self.assertEqual({name: one for name, one in checks.items() if one["state"] == "wrong"}, {})
        self.assertEqual(code, 0)
        self.assertIn("answers", checks[provider]["what"])
        self.assertEqual(checks["clock"]["state"], "ok")
        self.assertIn("SQLite", checks["database"]["what"])

        code, checks = self.ask(*data)  # without the rules the provider is out of reach
        self.assertEqual((code, checks[provider]["state"]), (1, "wrong"))
        self.assertIn("--outbound-allow", checks[provider]["what"])

        key = os.path.join(self.server.data_dir, "master.key")
        os.chmod(key, 0o644)
        code, checks = self.ask(*data, *RULES)
        self.assertEqual((code, checks["master key"]["state"]), (1, "wrong"))
        os.rename(key, key + ".away")
        code, checks = self.ask(*data, *RULES)
        self.assertEqual((code, checks["master key"]["state"]), (1, "wrong"))
        self.assertFalse(os.path.exists(key), "the doctor made a key")

    def test_people_get_a_table_and_bad_settings_their_reason(self):
        code, text = self.ask("--listen", "nowhere")
        self.assertEqual(code, 2)
        self.assertIn("HOST:PORT", text)
        done = subprocess.run([server.PROGRAM, "doctor", "--data-dir", self.directory, "--sandbox", "plain"], capture_output=True,
                              text=True, timeout=60, check=False, env=server.clean_environment(HOME=self.directory))
        self.assertRegex(done.stdout, r"(?m)^ok +git +git version")


if __name__ == "__main__":
    unittest.main()
