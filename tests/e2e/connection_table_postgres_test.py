"""Every type and scheme of the catalogue, and the search for its canaries, with PostgreSQL as the database."""

import unittest

import connection_table_test
import own_network


class EveryTypeOnPostgres(connection_table_test.EveryType):
    ON_POSTGRES = True


if __name__ == "__main__":
    own_network.enter()
    unittest.main()
