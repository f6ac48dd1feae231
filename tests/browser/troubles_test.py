"""What goes wrong at the provider's side, as the page shows it."""

import os
import signal
import subprocess
import unittest

import world
import processes  # found by what `world` puts on the path


class Troubles(world.BrowserTest):
    def test_each_is_seen_with_its_remedy(self):
        self.start_empty_world("ado_server")
        self.become_administrator()
        good = self.make_key("good", "")
        with open(os.path.join(self.directory, "good.pub")) as file:
            self.sshd.authorize(file.read().strip())
        self.drive("troubles.mjs", {"down": self.down, "up": self.up, "changeHostKey": self.change_host_key},
                   admin=self.admin, passphraseKey=self.make_key("locked", "a passphrase"), goodKey=good,
                   **self.product_world("ado_server"))

    def make_key(self, name, passphrase):
        path = os.path.join(self.directory, name)
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", passphrase, "-f", path], check=True,
                       stdin=subprocess.DEVNULL)
        with open(path) as file:
            return file.read()

    def down(self):
        self.forge.fail(count=0, status=503, body="down for maintenance")
        return True

    def up(self):
        self.forge.heal()
        return True

    def change_host_key(self):
        """The same address, another host: what a stand-in would look like."""
        processes.end(self.sshd.process, signal.SIGTERM)
        for kind in ("ed25519", "rsa"):
            path = os.path.join(self.sshd.directory, "host_" + kind)
            os.remove(path)
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path], check=True, input=b"y\n")
        self.assertTrue(self.sshd._start_on(self.sshd.port))
        return True


if __name__ == "__main__":
    unittest.main()
