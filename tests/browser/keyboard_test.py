"""Every action of the page by keyboard alone, from the one-time link on."""

import contextlib
import http.client
import json
import os
import sqlite3
import subprocess
import unittest
import urllib.parse

import page_source
import world
from sign_on_test import DONE_BY_KEYBOARD, code_of


class Keyboard(world.BrowserTest):
    def test_U11_no_mouse_is_needed_for_any_action(self):
        self.start_empty_world("github")
        self.worked = []
        answers = {"authorize": self.authorize, "push": self.push_and_deliver, "code": code_of, "calls": self.note,
                   "signInElsewhere": self.sign_in_elsewhere, "minuteLater": self.a_minute_later, "dayLater": self.a_day_later, "providerGoesDown": self.provider_goes_down}
        self.drive("keyboard.mjs", answers, seconds=400, setupLink=self.setup_link(), privateKey=self.private_key(),
                   **self.product_world("github"))
        missing = [f"{call} ({file})" for call, file in page_source.mutations().items()
                   if call not in DONE_BY_KEYBOARD and not page_source.was_done(call, self.worked)]
        self.assertEqual(missing, [], "actions that nobody did by keyboard")

    def note(self, worked):
        self.worked = worked
        return True

    def private_key(self):
        path = os.path.join(self.directory, "brought")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
        with open(path, encoding="ascii") as file:
            return file.read()

    def sign_in_elsewhere(self, password):
        """Another browser of the same person."""
        connection = http.client.HTTPConnection(urllib.parse.urlparse(self.server.address).netloc, timeout=30)
        body = {"data": {"type": "sessions", "attributes": {"username": "ada", "password": password}}}
        connection.request("POST", "/api/v2/sessions", json.dumps(body),
                           {"Content-Type": "application/vnd.api+json", "User-Agent": "another browser"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 201, answer.read())
        connection.close()
        return True

    def change(self, statement):
        """Time goes by in the server's database."""
        path = os.path.join(self.server.data_dir, "runbridge.db")
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as file, file:
            file.execute(statement)
        return True

    def provider_goes_down(self):
        self.forge.stop()
        return True

    def a_minute_later(self):
        return self.change("UPDATE runs SET force_cancel_available_at = 1 WHERE force_cancel_available_at IS NOT NULL")

    def a_day_later(self):
        return self.change("UPDATE sessions SET proven_at = proven_at - 86400000")


if __name__ == "__main__":
    unittest.main()
