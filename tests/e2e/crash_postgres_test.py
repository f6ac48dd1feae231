"""What was acknowledged survives a kill, on PostgreSQL. Work that a dead process had leased waits for the lease's end
there, since another machine may hold it: half a minute a kill, so not every step of crash_test.py is walked."""

import unittest

import crash_test


class CrashOnPostgres(crash_test.Crash):
    ON_POSTGRES = True
    test_killed_during_the_clone = None
    test_killed_right_after_azure_devops_server_was_answered = None
    test_every_matching_workspace_gets_its_run_after_a_kill = None


if __name__ == "__main__":
    unittest.main()
