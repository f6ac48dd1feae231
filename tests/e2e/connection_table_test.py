"""Every type and scheme of the catalogue through the command line: created from YAML, listed, shown, changed, its
secrets replaced, verified, authorized, used in a run, deleted. Nothing is skipped. Every secret has a canary, which is
in the authorized run and nowhere else."""

import glob
import json
import os
import secrets
import unittest
import urllib.parse

import any_service
import catalogue
import connection_cli
import forge
import identity
import own_network
import scene
import secrets_test
import waiting

OTHER_NAMES = ["login.microsoftonline.com", "management.azure.com", "management.core.windows.net", "api.github.com",
               "github.com", "api.bitbucket.org", "api.appcenter.ms", "example-org.snowflakecomputing.com",
               "example-training-data.s3.amazonaws.com", "sts.eu-west-1.amazonaws.com", "bus.example.com"]
OUTCOMES = {"ok", "ok_with_warning", "unproven", "failed"}
# Waits until the test has looked; then tells all it has, which has to come out masked.
PLAN = ["sh", "-c", "echo begun; sleep 9999; env; find /run /dev/shm -type f -exec cat {} + 2>/dev/null; "
                    "tr '\\0' '\\n' </proc/self/environ; echo ended"]


class Case:
    def __init__(self, scheme, number, old, new):
        self.scheme, self.number = scheme, number
        self.name = f"connection {number}"
        self.subject = None  # of tokens that this server signs itself
        self.old, self.values = old, {**old, **{one["id"]: new[one["id"]] for one in scheme.secrets()
                                                if one["id"] in new}}
        # Two connections to one account of the same fixed service cannot share a run.
        siblings = [one["id"] for one in scheme.type["schemes"]]
        self.batch = siblings.index(scheme.id) if scheme.fixed_target else 0

    def secret_values(self, values):
        return {one["id"]: values[one["id"]] for one in self.scheme.secrets() if values.get(one["id"])}


def needles(text):
    """What a thief could look for: of a secret with lines, one from its middle; in every spelling."""
    lines = [line for line in text.splitlines() if len(line) >= 8 and not line.startswith("-----")]
    canaries = [line for line in lines if "canary" in line]
    line = (canaries or lines[len(lines) // 2:])[0].strip()
    if len(line) > 64 and "canary" not in line:
        line = line[len(line) // 2:][:48]  # of Base64, a whole group
    return secrets_test.spellings(line.encode()) | {urllib.parse.quote(line, safe="").encode()}


class EveryType(connection_cli.ConnectionCommands, secrets_test.Secrets):
    ON_POSTGRES = False
    test_they_are_found_nowhere_during_a_run = None
    test_a_token_that_clones_is_found_nowhere = None
    test_the_search_finds_what_is_there = None

    def setUp(self):
        super().setUp()
        if not own_network.is_ours():
            self.skipTest("this machine lets no test have a network of its own (unshare --net)")
        self.tag = secrets.token_hex(4)
        schemes = catalogue.all_schemes()
        old, new = catalogue.Keys(), catalogue.Keys()
        names = {str(scheme): f"connection {number}" for number, scheme in enumerate(schemes, 1)}
        references = {"azure_rm": names["azure_rm / service_principal_key"]}
        self.cases = [Case(scheme, number, *(catalogue.Values(number, self.tag + age, keys, references).good(scheme)
                                             for age, keys in (("old", old), ("new", new))))
                      for number, scheme in enumerate(schemes, 1)]
        hosts = [f"c{case.number}.{end}" for case in self.cases for end in ("example.com", "azurecr.io")]
        service = any_service.AnyService(*own_network.serve_names(self.directory, hosts + OTHER_NAMES), self.tag)
        self.addCleanup(service.stop)
        self.service = service
        self.fetched = dict(service.tokens)
        self.shown_openly = {old.certificate, new.certificate}  # a secret in some types, and public in others
        self.said = []  # by the command line and the API

    def private_file(self, text):
        path = os.path.join(self.directory, "given")
        with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
        return path

    # --- the table ----------------------------------------------------------------------------------------------

    def test_every_type_lives_from_its_creation_to_its_deletion(self):
        self.start_server(self.ON_POSTGRES, flags=("--run-workers", "4"))
        self.api.post("/organizations", "organizations", {"name": "acme", "email": "ops@example.com"})
        self.start_forge(forge.GITHUB)
        self.register_provider()
        self.give_clone_access()
        self.assertEqual(len(self.cases), 63)
        self.bystander = self.make_workspace("nothing")
        self.wait_for_hooks()
        stored = self.count("SELECT count(*) FROM secrets")
        for case in self.cases:
            with self.subTest(str(case.scheme)):
                self.create_and_change(case)
        self.use_in_runs()
        for case in reversed(self.cases):  # what another points to comes after it
            with self.subTest(str(case.scheme)):
                self.done("delete", case.name, "--yes", "--force")
                self.assertNotEqual(self.type("show", case.name).returncode, 0)
        self.assertEqual([line.split()[0] for line in self.service.cluster.diary], ["POST"] * 3 + ["DELETE"] * 3)
        self.assertEqual(self.service.cluster.objects, {}, "nothing is left in the cluster")
        self.assertEqual(self.count("SELECT count(*) FROM secrets"), stored + 1)  # the key that tokens are signed with
        audited = str(self.api.get(self.api.in_organization("/audit-events?page[size]=100")))
        self.said.append(audited)
        everything = "".join(self.said).encode()
        public = set().union(*map(needles, self.shown_openly))
        self.assertEqual([str(case.scheme) for case in self.cases
                          if any(one in everything for one in self.of(case) - public)], [])
        self.server.stop()
        self.assert_none_is_found("after the server's end")

    def expect_choices(self, case):
        """Of fields that a service is asked for, with the connection that the form points to."""
        for parameter in case.scheme.parameters:
            if "{{ref:" not in parameter.get("options_from", {}).get("http", ""):
                continue
            given = [f"{catalogue.path_of(one)}={case.old[one['id']]}" for one in case.scheme.parameters
                     if "connections" in one.get("options_from", {})]
            shown = self.done("options", "--type", case.scheme.type["id"], "--scheme", case.scheme.id, "--parameter",
                              parameter["id"], "--set", *given)
            self.assertIn("prod", shown)

    def create_and_change(self, case):
        self.expect_choices(case)
        path = self.private_file(catalogue.yaml_of(case.scheme, case.name, case.old))
        made = self.attributes("create", "--file", path, "--no-verify")
        self.assertEqual((made["connection-type"], made["scheme"]), (case.scheme.type["id"], case.scheme.id))
        self.assertEqual(sorted(made["secrets-set"]), sorted(case.secret_values(case.old)))
        self.assertIn(case.name, self.done("list", "--type", case.scheme.type["id"]))
        self.done("show", case.name)
        self.assertEqual(self.attributes("update", case.name, "--no-verify", "--set", "description=changed")
                         ["description"], "changed")
        self.replace_secrets(case)
        if "subject" in made["parameters"]:
            self.trust(case, made["parameters"])
        report = self.type("verify", case.name, "--json")
        result = json.loads(report.stdout)["data"]["attributes"]
        self.assertIn(result["result"], OUTCOMES)
        self.assertEqual(report.returncode, int(result["result"] == "failed"), report.stderr)
        if case.scheme.data.get("on_create"):
            self.assertNotEqual(result["result"], "failed", result)
            self.assertEqual([line.split()[2] for line in self.service.cluster.diary], ["201"] * 3)
        shown = self.attributes("show", case.name)
        self.assertEqual(shown["verification-result"], result["result"])
        self.assertIsNotNone(shown["last-verified-at"])
        exported = self.done("export", case.name)
        self.assertIn(f"type: {case.scheme.type['id']}", exported)

    def trust(self, case, parameters):
        """As an administrator of the directory does with the issuer and the subject that are shown."""
        self.assertEqual(parameters["issuer"], self.server.address)
        refused = self.type("verify", case.name)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("No federated credential", refused.stdout + refused.stderr)
        self.service.trusted.add((parameters["issuer"], parameters["subject"]))
        self.assertIn("ok", self.done("verify", case.name))
        case.subject = parameters["subject"]

    def replace_secrets(self, case):
        words, paths = [], {one["id"]: catalogue.path_of(one) for one in case.scheme.secrets()}
        for id_, text in case.secret_values(case.values).items():
            path = os.path.join(self.directory, "secret-" + id_)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            words += ["--set", f"{paths[id_]}=@{path}"]
        if words:
            self.done("update", case.name, "--no-verify", *words)
        for path in glob.glob(os.path.join(self.directory, "secret-*")):
            os.remove(path)

    # --- runs ---------------------------------------------------------------------------------------------------

    def use_in_runs(self):
        """One run for each batch, and one that names nothing; all wait while the test looks around."""
        batches = sorted({case.batch for case in self.cases})
        workspaces = {batch: self.make_workspace(f"batch-{batch}") for batch in batches}
        for batch, workspace in workspaces.items():
            mine = [case for case in self.cases if case.batch == batch]
            self.name_in(workspace, mine)
            refused = self.finished(self.start(workspace))
            self.assertIn("resource authorization", refused["attributes"]["error-text"])
            for case in mine:
                self.assertIn(f"'{case.name}'", refused["attributes"]["error-text"])
                self.done("authorize", case.name, f"batch-{batch}")
        workspaces["none"] = self.bystander
        runs = {batch: self.start(workspace) for batch, workspace in workspaces.items()}
        inside = {batch: Inside(self, run) for batch, run in runs.items()}
        for case in self.cases:
            for batch, run in inside.items():
                with self.subTest(f"{case.scheme} in {batch}"):
                    run.expect(case) if batch == case.batch else run.expect_none_of(case)
            if case.subject:
                self.expect_token(case, inside[case.batch])
        self.assert_none_is_found("while they run", {run.namespace for run in inside.values()})
        for run in inside.values():
            run.go_on()
        for batch, run in runs.items():
            ended = self.finished(run)
            log = self.api.log_of(ended)
            self.said.append(log.decode(errors="replace"))
            self.assertEqual(ended["attributes"]["status"], "planned_and_finished", log[-3000:])
            self.assertIn(b"ended", log)
            self.assertEqual(b"***" in log, batch != "none")
        self.assert_none_is_found("after the runs")
        for case in self.cases:
            self.assertIsNotNone(self.attributes("show", case.name)["last-used-at"])

    def expect_token(self, case, run):
        """A token of this server's own: good now, of this connection, not long."""
        [(_, content)] = [(path, text) for path, text in run.files.items() if path.endswith("/oidc-token")]
        token = content.decode()
        claims = identity.claims_of(token, "api://AzureADTokenExchange")
        self.assertEqual((claims["iss"], claims["sub"]), (self.server.address, case.subject))
        self.assertLessEqual(claims["exp"] - claims["iat"], 3600 + 600)
        self.fetched["token of this server"] = token

    def make_workspace(self, name):
        return self.create_workspace(name, **{"plan-command": PLAN, "apply-command": [], "queue-all-runs": False})

    def name_in(self, workspace, cases):
        """Under a prefix where a variable of an earlier one has the name."""
        ids = {one["attributes"]["name"]: one["id"] for one in json.loads(self.done("list", "--json"))["data"]}
        taken, data = set(), []
        for case in cases:
            variables = {one["name"] for one in case.scheme.data["env"].get("variables", []) if "{{" not in one["name"]}
            prefix = f"C{case.number}_" if variables & taken else ""
            taken |= variables
            data.append({"type": "service-connections", "id": ids[case.name], "meta": {"prefix": prefix}})
        self.api.send("PATCH", f"/workspaces/{workspace}/relationships/service-connections", {
            "data": data, "meta": {"endpoint-variables": True}})

    def start(self, workspace):
        return self.api.post("/runs", "runs", {}, {"workspace": {"data": {"type": "workspaces", "id": workspace}}})[
            "data"]["id"]

    def finished(self, run):
        return self.wait_for_status(run, scene.FINAL, 180)  # all secrets of a workspace are looked for in its log

    # --- the search ---------------------------------------------------------------------------------------------

    @staticmethod
    def of(case):
        """The needles of its secrets, first and replaced ones; what it shows openly is none."""
        out = set()
        for values in (case.old, case.values):
            for text in case.secret_values(values).values():
                out |= needles(text)
        return out

    def assert_none_is_found(self, when, but_in=()):
        wanted = set().union(*map(self.of, self.cases), *(needles(text) for text in self.fetched.values()))
        wanted -= set().union(*map(needles, self.shown_openly))
        found = [place for place, content in self.places()
                 if namespace_of(place) not in but_in and any(text in content for text in wanted)]
        self.assertEqual(found, [], when)



def namespace_of(path):
    """Of the process whose file it is; None for all else."""
    parts = path.split("/")
    try:
        return os.readlink(f"/proc/{parts[2]}/ns/pid") if path.startswith("/proc/") else None
    except OSError:
        return None


class Inside:
    """A run that waits, as its own processes see it."""

    def __init__(self, test, run):
        self.test = test
        waiting.until(f"{run} has begun", lambda: self.has_begun(run))
        self.sleeper = waiting.until("its process is there", lambda: self.find(run))
        self.namespace = os.readlink(f"/proc/{self.sleeper}/ns/pid")
        with open(f"/proc/{self.sleeper}/environ", "rb") as file:
            self.environment = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
        root = f"/proc/{self.sleeper}/root"
        self.files = {}
        for top in ("/run", "/dev/shm"):
            for directory, _, names in os.walk(root + top):
                for name in names:
                    for path, content in secrets_test.contents(os.path.join(directory, name)):
                        self.files[path[len(root):]] = content

    def has_begun(self, run):
        found = self.test.api.run(run)
        self.test.assertNotIn(found["attributes"]["status"], scene.FINAL, found["attributes"].get("error-text"))
        return b"begun" in self.test.api.log_of(found)

    @staticmethod
    def find(run):
        for directory in glob.glob("/proc/[0-9]*"):
            for _, words in secrets_test.contents(directory + "/cmdline"):
                for _, environment in secrets_test.contents(directory + "/environ"):
                    if words.startswith(b"sleep\0009999") and run.encode() in environment:
                        return directory.removeprefix("/proc/")
        return None

    def everything(self):
        return b"\0".join([*self.environment.values(), *self.files.values()])

    def expect(self, case):
        """The variables and files that its type names, and every secret that is for the run."""
        for variable in case.scheme.data["env"].get("variables", []):
            if "{{" in variable["name"] or "when" in variable or "{{#" in variable["value"]:
                continue
            names = [variable["name"].encode(), f"C{case.number}_{variable['name']}".encode()]
            if needed(variable["value"], case):
                self.test.assertTrue(any(name in self.environment for name in names), variable)
        for file in case.scheme.data["env"].get("files", []):
            last = file["path"].rsplit("/", 1)[-1].encode()
            if "MD5" not in file["path"] and "when" not in file:
                self.test.assertTrue(any(path.encode().endswith(last) for path in self.files), file["path"])
        everything = self.everything()
        if case.scheme.data.get("on_create"):
            self.test.assertIn(self.test.service.tokens["account"].encode(), everything, "the account that was made")
        for id_, text in case.secret_values(case.values).items():
            self.test.assertTrue(any(one in everything for one in needles(text)) or not handed(case.scheme, id_), id_)
        for text in case.secret_values(case.old).values():
            if text not in self.test.shown_openly:
                self.test.assertFalse(any(one in everything for one in needles(text)), "a secret that was replaced")

    def expect_none_of(self, case):
        everything = self.everything()
        for text in case.secret_values(case.values).values():
            if "canary" in text:
                self.test.assertFalse(any(one in everything for one in needles(text)))

    def go_on(self):
        os.kill(int(self.sleeper), 15)


def needed(template, case):
    """Whether something has to come out of it, as far as the parameters tell."""
    for id_ in [one["id"] for one in case.scheme.parameters]:
        if "{{" + id_ in template and not case.values.get(id_):
            return False
    return "{{ref:" not in template and "{{known" not in template


def handed(scheme, id_):
    """Whether the type gives this secret to runs at all; some are only exchanged for a token."""
    return "{{" + id_ in json.dumps(scheme.data["env"])


if __name__ == "__main__":
    own_network.enter()
    unittest.main()
