"""The first page's size and speed, and a list of 100,000 deliveries."""

import os
import sqlite3
import time
import unittest

import world

COUNT = 100_000
INSERT = """INSERT INTO deliveries (id, organization_id, hook_id, client_id, token_id, kind, repository_path, delivery_key,
            event_name, state, reason, attempts, retries, received_at, finished_at, peer, body_size, body_digest, headers, body)
            VALUES (?, ?, 'hook', 'client', 'token', 'github', ?, ?, 'push', 'done', 'one run', 1, 0, ?, ?, '127.0.0.1',
            2, 'none', x'', x'7b7d')"""


class Speed(world.BrowserTest):
    def test_first_page_and_a_hundred_thousand_rows(self):
        self.start_empty_world("github")
        self.become_administrator()
        self.server.stop()
        self.insert_deliveries()
        self.server.start()
        self.drive("speed.mjs", {}, admin=self.admin, count=COUNT, oldest="octo/oldest")

    def insert_deliveries(self):
        [name] = [file for file in os.listdir(self.server.data_dir) if file.endswith((".db", ".sqlite", ".sqlite3"))]
        connection = sqlite3.connect(os.path.join(self.server.data_dir, name))
        [organization] = connection.execute("SELECT id FROM organizations WHERE name = ?", (self.admin["organization"],)).fetchone()
        now = int(time.time() * 1000)
        rows = ((f"dlv-{index:016d}", organization, "octo/oldest" if index == 0 else "octo/hello", f"key-{index}",
                 now - (COUNT - index) * 1000, now - (COUNT - index) * 1000 + 5) for index in range(COUNT))
        with connection:
            connection.executemany(INSERT, rows)
        connection.close()


if __name__ == "__main__":
    unittest.main()
