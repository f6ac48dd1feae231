"""What was acknowledged survives a kill, on PostgreSQL, where what a dead process had leased waits for the lease's end;
and two processes over one database: one that stands still, and one that is asked to cancel the other's run."""

import unittest

import crash_test
import forge
import scene
import waiting

SHORT_LEASE = ("--job-lease", "2")
SLOW_PLAN = ["sh", "-c", "echo begun; sleep $(wc -l < infra/main.tf); cat infra/main.tf"]


class CrashOnPostgres(crash_test.Crash):
    ON_POSTGRES = True
    FLAGS = SHORT_LEASE


class TwoProcesses(scene.SceneTest):
    FLAGS = SHORT_LEASE

    def begin_slow_plan(self, seconds):
        self.connect(forge.GITHUB, True, **{"plan-command": SLOW_PLAN})
        commit = self.push({"infra/main.tf": "# a line is a second\n" * seconds})
        self.deliver()
        run = self.wait_for_run(commit)
        waiting.until("the plan has begun", lambda: b"begun" in self.api.log_of(self.api.run(run["id"])))
        return run["id"]

    def test_f15_a_server_that_stood_still_writes_nothing_late(self):
        run_id = self.begin_slow_plan(4)
        first = self.server
        first.freeze()
        try:
            _, self.api = self.start_second_server()
            planned = self.wait_for_status(run_id, "planned", 60)
        finally:
            first.thaw()
        waiting.until("the first server found out", lambda: "its run was taken over" in first.log(1000), 60)
        actions = [event["attributes"]["action"] for event in self.api.get(f"/runs/{run_id}/run-events")["data"]]
        self.assertEqual(actions.count("planned"), 1, actions)
        self.assertEqual(actions.count("requeued"), 1, actions)
        log = self.api.log_of(planned)
        self.assertEqual(log.count(b"\x03"), 1, log)
        self.assertTrue(log.endswith(b"\x03"), log)
        self.confirm(run_id)

    def test_a_run_of_the_other_server_is_canceled(self):
        run_id = self.begin_slow_plan(60)
        _, other = self.start_second_server()
        other.post(f"/runs/{run_id}/actions/cancel")
        self.wait_for_status(run_id, "canceled", 20)


if __name__ == "__main__":
    unittest.main()
