"""A provider's token and a private key exist in clear in the server's memory only, also while a run uses them."""

import base64
import glob
import os
import subprocess
import unittest

import forge
import scene
import waiting


def spellings(secret):
    """The secret as it could be written somewhere: as it is, in hex, and in base64 at each of the three offsets."""
    out = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret)
        out.add(encoded[4 if offset else 0:len(encoded) - 4])
    return out


def private_parts(pem):
    """What is secret in an OpenSSH private key: the lines in the middle, and the 32 bytes of an Ed25519 seed."""
    lines = [line for line in pem.decode().splitlines() if not line.startswith("-----")]
    blob = base64.b64decode("".join(lines))
    public = blob[blob.index(b"ssh-ed25519") + 15:][:32]
    seed_and_public = blob.rindex(public) - 32
    return [lines[2].encode(), blob[seed_and_public:seed_and_public + 32]]


class Secrets(scene.SceneTest):
    ON_POSTGRES = False

    def test_they_are_found_nowhere_during_a_run(self):
        self.start_world(forge.GITHUB, self.ON_POSTGRES)
        self.register_provider()
        self.give_own_key()
        self.workspace = self.create_workspace(
            **{"plan-command": ["sh", "-c", "echo begun; env; sleep 2; cat infra/main.tf"]})
        self.wait_for_hooks()
        self.clear_first_run()
        commit = self.push({"infra/main.tf": "# looked at\n"})
        self.sshd.close_gate()
        before = self.sshd.arrivals()
        self.deliver()
        waiting.until("git asks for the repository", lambda: self.sshd.arrivals() > before)
        self.assert_found_nowhere("while git clones")
        self.sshd.open_gate()
        run = self.wait_for_run(commit)
        waiting.until("the plan has begun", lambda: b"begun" in self.api.log_of(self.api.run(run["id"])))
        self.assert_found_nowhere("while it plans")
        self.wait_for_status(run["id"], "planned")
        self.confirm(run["id"])
        self.assert_found_nowhere("after the apply")
        self.assertNotIn(self.provider_token.encode(), self.api.log_of(self.api.run(run["id"])))
        self.server.stop()
        self.assert_found_nowhere("after the server's end")

    def test_a_token_that_clones_is_found_nowhere(self):
        self.start_world(forge.GITHUB, self.ON_POSTGRES)
        self.key = self.make_key()
        self.register_provider()
        self.workspace = self.create_workspace()
        self.wait_for_hooks()
        self.clear_first_run()
        commit = self.push({"infra/main.tf": "# over https\n"})
        self.forge.control("DELETE", "diary")
        self.forge.fail(count=1, status=503, delay_ms=3000, match="info/refs|upload-pack")
        self.deliver()
        waiting.until("git asks for the repository", lambda: any(
            "/info/refs" in entry["path"] for entry in self.forge.control("GET", "diary")))
        self.assert_found_nowhere("while git clones over HTTP")
        run = self.wait_for_run(commit, seconds=90)
        self.wait_for_status(run["id"], "planned", 90)
        self.assert_found_nowhere("after a clone over HTTP")

    def test_the_search_finds_what_is_there(self):
        self.start_world(forge.GITHUB)
        self.key = self.make_key()
        with open(os.path.join(self.server.data_dir, "planted"), "wb") as file:
            file.write(b"xyz" + base64.b64encode(b"a:" + self.provider_token.encode()))
        with self.assertRaises(AssertionError):
            self.assert_found_nowhere("with a planted token")

    def make_key(self):
        path = os.path.join(self.directory, "own-key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "own", "-f", path], check=True)
        with open(path, "rb") as file:
            key = file.read()
        with open(path + ".pub") as file:
            self.public_line = file.read().strip()
        os.remove(path)
        return key

    def give_own_key(self):
        self.key = self.make_key()
        self.sshd.authorize(self.public_line)
        self.api.patch(f"/oauth-tokens/{self.token_id}", "oauth-tokens", {"ssh-key": self.key.decode()})
        self.pin_host()

    # --- the search ---------------------------------------------------------------------------------------------

    def assert_found_nowhere(self, when):
        self.assert_none_found([self.provider_token.encode(), *private_parts(self.key)], when)

    def assert_none_found(self, secrets, when):
        wanted = set().union(*map(spellings, secrets))
        found = [place for place, content in self.places() if any(text in content for text in wanted)]
        self.assertEqual(found, [], when)

    def places(self):
        yield from self.files()
        yield from self.processes()

    def files(self):
        yield from contents(self.server.log_path)
        if self.database:
            yield "the database", self.database.dump()
        for top in (self.server.data_dir, self.server.home, *self.temporary_directories()):
            for directory, _, names in os.walk(top):
                for name in names:
                    yield from contents(os.path.join(directory, name))

    def temporary_directories(self):
        """What runbridge and the programs it starts may leave outside of its data directory. Not the PostgreSQL server
        that all tests share: what this one has in it is looked through as text."""
        ours = os.path.basename(self.directory)
        names = (path for pattern in ("/tmp/*runbridge*", "/var/tmp/*runbridge*", "/dev/shm/*") for path in glob.glob(pattern))
        return [path for path in names
                if os.path.basename(path) != ours and not os.path.basename(path).startswith("runbridge-postgres-")]

    def processes(self):
        for directory in glob.glob("/proc/[0-9]*"):
            if directory == f"/proc/{os.getpid()}":
                continue
            for name in ("cmdline", "environ"):
                yield from contents(os.path.join(directory, name))


def contents(path):
    try:
        if not os.path.islink(path) and (os.path.isfile(path)):
            with open(path, "rb") as file:
                yield path, file.read()
    except OSError:
        pass


if __name__ == "__main__":
    unittest.main()
