"""A PostgreSQL database of its own for every test, in the server that RUNBRIDGE_TEST_POSTGRES names."""

import os
import secrets
import subprocess


def server_url():
    return os.environ.get("RUNBRIDGE_TEST_POSTGRES", "")


class PostgresDatabase:
    def __init__(self):
        self.name = "e2e_" + secrets.token_hex(6)
        self._sql(f'CREATE DATABASE "{self.name}"')
        self.url = server_url().replace("/postgres?", f"/{self.name}?", 1)

    def drop(self):
        self._sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def dump(self):
        """All rows of all tables, as text."""
        return subprocess.run(["pg_dump", "--data-only", "--dbname", self.url], check=True, capture_output=True).stdout

    def value(self, query):
        """The only value of a query's answer."""
        return subprocess.run(["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", query], check=True,
                              capture_output=True, text=True).stdout.strip()

    @staticmethod
    def _sql(statement):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server_url(), "-c", statement],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
