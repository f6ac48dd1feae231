"""A pull request is planned and told about on its head, and nothing of it is ever applied."""

import unittest

import forge
import scene
import waiting


class PullRequests(scene.SceneTest):
    def test_github(self):
        self.tell(forge.GITHUB)

    def test_ado_server(self):
        self.tell(forge.ADO_SERVER)

    def speculative_runs_of(self, commit):
        runs = self.api.get(f"/workspaces/{self.workspace}/runs?filter[operation]=plan_only")["data"]
        return [run for run in runs if run["attributes"]["commit-sha"] == commit]

    def wait_for_plan_of(self, commit):
        run = waiting.until(f"a plan of {commit}", lambda: self.speculative_runs_of(commit))[0]
        return self.wait_for_status(run["id"], "planned_and_finished")

    def tell(self, product):
        self.connect(product, **{"auto-apply": True, "apply-command": ["sh", "-c", "echo APPLIED"]})
        for run in self.api.runs(self.workspace):
            self.wait_for_status(run["id"], scene.FINAL)
        runs = len(self.api.runs(self.workspace))
        commit = self.push({"infra/main.tf": "# proposed\n"}, "proposed", "feature")
        self.deliver()
        number = self.forge.open_pull_request("feature")
        run = self.wait_for_plan_of(commit)
        self.it_is_a_plan_and_no_more(run, number)
        self.its_head_shows_success(commit, number)
        newer = self.push({"infra/main.tf": "# proposed, better\n"}, "better", "feature")
        self.deliver()
        self.wait_for_plan_of(newer)
        self.its_head_shows_success(newer, number)
        self.wait_until_deliveries_are_done()
        self.assertEqual(len(self.api.runs(self.workspace)), runs, "only plans came of the pull request")
        self.assertEqual(len(self.speculative_runs_of(commit)), 1)

    def it_is_a_plan_and_no_more(self, run, number):
        attributes = run["attributes"]
        self.assertTrue(attributes["plan-only"])
        self.assertFalse(attributes["auto-apply"])
        self.assertEqual(attributes["pull-request-number"], number)
        self.assertIn(b"# proposed", self.api.log_of(run))
        with self.assertRaises(scene.Refused) as refused:
            self.api.post(f"/runs/{run['id']}/actions/apply", "runs", {})
        self.assertEqual(refused.exception.status, 409)
        self.assertNotIn(b"APPLIED", self.api.log_of(run, "apply"))

    def its_head_shows_success(self, commit, number):
        product = self.forge.product
        waiting.until("success on the head of the pull request", lambda: [
            status["state"] for status in self.forge.statuses(commit)][-1:] in [[state] for state in product.success])
        if product.pull_status_paths:
            waiting.until("success on the pull request itself", lambda: [
                status["state"] for status in self.forge.pull_statuses(number)][-1:] in [
                    [state] for state in product.success])


if __name__ == "__main__":
    unittest.main()
