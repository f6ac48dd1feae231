"""Files of connections: the published examples are taken as they are; a bad file is refused with its line and column,
and nothing is made of it."""

import glob
import json
import os
import re
import unittest

import catalogue
import connection_cli
import scene
import server

EXAMPLES = os.path.join(os.path.dirname(server.SOURCE), "shared/examples/connections")
GOOD = """name: builds
type: jenkins
target: https://jenkins.example.com
credentials:
  type: username_password
  username: deployer
  password: canary-of-a-file
"""
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [" + ", ".join([f"*{before}"] * 9) + "]\n" for before, name in zip("abcdefgh", "bcdefghi"))
BAD = {
    "unknown key": (GOOD + "descripton: x\n", r':8:1: descripton: .*Did you mean "description"\?'),
    "unknown key inside": (GOOD.replace("password: can", "pasword: can"), r':7:\d+: .*Did you mean "credentials.password"\?'),
    "unknown type": (GOOD.replace("jenkins\n", "jenkinz\n"), r':2:7: type: .*"jenkins"'),
    "unknown scheme": (GOOD.replace("username_password", "user_password"), r":5:9: credentials.type: .*username_password"),
    "list for a value": (GOOD.replace("name: builds", "name: [builds]"), r":1:7: name: It has to be a single value"),
    "value for a map": (GOOD.split("credentials")[0] + "credentials: x\n", r":4:14: credentials: It has to be a map"),
    "word for a truth": (GOOD + "properties:\n  accept_untrusted_certs: maybe\n", r":9:27: .*Write true or false"),
    "no address": (GOOD.replace("https://jen", "jen"), r":3:9: target: .*Enter a full http"),
    "no map": ("- name\n", r":1:1: The file has to be a map"),
    "duplicate key": (GOOD + "name: other\n", r':8:1: The key "name" is there twice'),
    "alias bomb": (BOMB + GOOD, r":1:4: Anchors .* and aliases"),
    "ten megabytes": (GOOD + "description: " + "x" * (10 << 20) + "\n", r":8:\d+: The file is larger than 1024 KiB"),
    "ten megabytes of lines": (GOOD + "tags: {a: b}\n" * 800_000, r":\d+:\d+: The file is larger than 1024 KiB"),
    "tab": (GOOD.replace("  type", "\ttype"), r":5:1: There is a tab where YAML wants spaces"),
    "tag": (GOOD.replace("deployer", "!!python/object x"), r":6:13: Tags"),
    "second document": (GOOD + "---\n" + GOOD, r":9:1: The file has a second document"),
    "not closed": (GOOD + "tags: {a: b\n", r":\d+:\d+: This is not YAML"),
    "too deep": (GOOD + "tags: " + "[" * 100 + "]" * 100 + "\n", r":8:\d+: The document is too deep"),
}


class ConnectionFiles(connection_cli.ConnectionCommands, scene.SceneTest):
    @classmethod
    def setUpClass(cls):
        cls.keys = catalogue.Keys()

    def setUp(self):
        super().setUp()
        self.start_server()
        self.api.post("/organizations", "organizations", {"name": "acme", "email": "ops@example.com"})

    def write(self, text, mode=0o600, name="a.yaml"):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def test_every_example_is_taken_once_it_has_what_it_asks_for(self):
        files = sorted(glob.glob(os.path.join(EXAMPLES, "*.yaml")))
        if not files:
            self.skipTest(f"there are no examples beside this source, in {EXAMPLES}")
        for path in files:
            with self.subTest(os.path.basename(path)):
                self.take_example(path)

    def take_example(self, path):
        """Values that a file leaves open are named in the refusal, and then given from files."""
        words = ["create", "--file", path, "--no-verify", "--json"]
        made = self.type(*words)
        if made.returncode != 0:
            missing = re.findall(r"--set ([a-z_.]+)=(?:@FILE|VALUE)", made.stderr)
            self.assertTrue(missing, made.stderr)
            made = self.type(*words, "--set", *(f"{place}=@{self.value_for(path, place)}" for place in missing))
        self.assertEqual(made.returncode, 0, made.stderr)
        name = json.loads(made.stdout)["data"]["attributes"]["name"]
        self.assertIn(name, self.done("export", name))

    def value_for(self, path, place):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        named = [re.search(rf"^{indent}type: *(\w+)", text, re.M) for indent in ("", "  ")]
        scheme = catalogue.find(named[0][1], named[1] and named[1][1])
        parameter = next(one for one in scheme.parameters if place in one["yaml_path"])
        values = catalogue.Values(1, "tag", self.keys)
        is_pfx = parameter.get("rule") == "base64_pfx"  # nothing asks for a password
        return self.write(values.keys.pfx_open if is_pfx else values.value(scheme, parameter), name="given-" + place)

    def test_a_bad_file_is_refused_with_its_place_and_nothing_is_made(self):
        stored = self.count("SELECT count(*) FROM secrets")
        for name, (text, wanted) in BAD.items():
            with self.subTest(name):
                path = self.write(text)
                outcome = self.type("create", "--file", path, "--no-verify")
                self.assertEqual(outcome.returncode, 1, outcome.stderr)
                self.assertRegex(outcome.stderr, re.escape(path) + wanted)
                self.assertNotIn("canary", outcome.stderr + outcome.stdout)
                self.assertLess(len(outcome.stderr), 2000)
        self.assertEqual(json.loads(self.done("list", "--json"))["data"], [])
        self.assertEqual(self.count("SELECT count(*) FROM secrets"), stored)

    def test_of_a_directory_with_a_bad_file_nothing_is_applied(self):
        directory = os.path.join(self.directory, "files")
        os.mkdir(directory)
        self.write(GOOD, name="files/good.yaml")
        bad = self.write(GOOD.replace("builds", "other") + "descripton: x\n", name="files/other.yaml")
        outcome = self.type("apply", directory, "--yes", "--no-verify")
        self.assertNotEqual(outcome.returncode, 0)
        self.assertIn(bad + ":8:1: ", outcome.stderr)
        self.assertEqual(json.loads(self.done("list", "--json"))["data"], [])

    def test_secrets_that_others_may_read_are_warned_of(self):
        loose = self.type("create", "--file", self.write(GOOD, 0o644), "--no-verify")
        self.assertEqual(loose.returncode, 0, loose.stderr)
        self.assertRegex(loose.stderr, "warning: other users .* can read this file, and it has secrets .* chmod 600")
        self.done("delete", "builds", "--yes")
        self.assertEqual(self.type("create", "--file", self.write(GOOD, 0o600), "--no-verify").stderr, "")
        self.done("delete", "builds", "--yes")
        open_file = self.write(GOOD.replace("canary-of-a-file", ""), 0o644)
        secret = self.write("canary-of-a-file", name="secret")
        self.assertEqual(self.type("create", "--file", open_file, "--no-verify", "--set",
                                   f"credentials.password=@{secret}").stderr, "")


if __name__ == "__main__":
    unittest.main()
