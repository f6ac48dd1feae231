"""Secrets exist in clear in memory only, with PostgreSQL as the database."""

import unittest

import secrets_test


class SecretsOnPostgres(secrets_test.Secrets):
    ON_POSTGRES = True


if __name__ == "__main__":
    unittest.main()
