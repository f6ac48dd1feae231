"""Fills the database of a stopped server with copies of rows it made itself, so that large is quickly there."""

import os
import secrets
import sqlite3
import time

MANY = 100_000


def connect(server):
    return sqlite3.connect(os.path.join(server.data_dir, "runbridge.db"))


def copies(database, table, where, count, change):
    """`count` copies of the first row found; change(row, number) makes each its own."""
    database.row_factory = sqlite3.Row
    original = dict(database.execute(f"SELECT * FROM {table} WHERE {where} LIMIT 1").fetchone())
    columns = list(original)
    marks = ", ".join("?" * len(columns))

    def rows():
        for number in range(count):
            row = dict(original)
            change(row, number)
            yield [row[column] for column in columns]

    database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows())


def unique(prefix):
    return f"{prefix}-{secrets.token_hex(8)}"


def workspaces(database, count, **more):
    """Locked, so that what they start waits and the machine has nothing else to do."""
    def change(row, number):
        name = f"copy-{unique('w')}-{number}"
        row.update(id=unique("ws"), name=name, name_key=name, locked_by_type="users", locked_by_id="user-bench",
                   locked_by_name="bench", locked_at=int(time.time() * 1000), current_run_id="", **more)

    copies(database, "workspaces", "vcs_repository_id <> ''", count, change)
    database.execute("UPDATE workspace_counts SET total = total + ?", [count])


def deliveries(database, count):
    def change(row, number):
        row.update(id=unique("dlv"), delivery_key=unique("key"), received_at=row["received_at"] - number - 1)

    copies(database, "deliveries", "state = 'done'", count, change)


def runs(database, count):
    def change(row, number):
        row.update(id=unique("run"), unique_key=None, sequence=-1 - number)

    copies(database, "runs", "is_final = 1", count, change)
