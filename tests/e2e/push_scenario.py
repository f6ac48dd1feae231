"""From a provider's token to an applied run: the same story for every product and both databases."""

import base64
import urllib.request

import forge
import waiting

STX, ETX = b"\x02", b"\x03"


class PushScenario:
    """Mixed into a TestCase; ON_POSTGRES chooses the database."""

    ON_POSTGRES = False

    def test_github(self):
        self.tell(forge.GITHUB)

    def test_ado_server(self):
        self.tell(forge.ADO_SERVER)

    def test_github_enterprise(self):
        self.tell(forge.GITHUB_ENTERPRISE)

    def test_bitbucket_cloud(self):
        self.tell(forge.BITBUCKET_CLOUD)

    def test_bitbucket_data_center(self):
        self.tell(forge.BITBUCKET_DATA_CENTER)

    def tell(self, product):
        self.connect(product, self.ON_POSTGRES)
        marker = "resource marker " + base64.b16encode(product.kind.encode()).decode()
        commit = self.push({"infra/main.tf": marker + "\n"}, "the marker")
        self.deliver()
        run = self.a_push_makes_exactly_one_run_with_its_files(commit, marker)
        self.the_commit_shows_pending_then_success(commit)
        self.confirming_applies(run, commit, marker)
        self.the_same_delivery_again_makes_no_run(commit)
        self.a_push_elsewhere_is_decided_against()

    def a_push_makes_exactly_one_run_with_its_files(self, commit, marker):
        run = self.wait_for_status(self.wait_for_run(commit)["id"], "planned")
        self.only_run_of(commit)
        log = self.api.log_of(run)
        self.assertIn(marker.encode(), log)
        self.assertTrue(log.startswith(STX) and log.endswith(ETX), log)
        return run

    def the_commit_shows_pending_then_success(self, commit):
        product = self.forge.product

        def ended():
            states = [status["state"] for status in self.forge.statuses(commit)]
            return states and states[-1] in product.success and states

        states = waiting.until("a successful commit status", ended)
        self.assertIn(states[0], product.pending, states)

    def confirming_applies(self, run, commit, marker):
        before = len(self.forge.statuses(commit))
        applied = self.confirm(run["id"])
        self.assertIn(marker.encode(), self.api.log_of(applied, "apply"))

        def told():
            statuses = self.forge.statuses(commit)
            return len(statuses) > before and statuses[-1]

        last = waiting.until("a commit status after the apply", told)
        waiting.until("the last commit status is success",
                      lambda: self.forge.statuses(commit)[-1]["state"] in self.forge.product.success)
        self.assertIn("target_url" if self.forge.product in (forge.GITHUB, forge.GITHUB_ENTERPRISE) else
                      "targetUrl" if self.forge.product is forge.ADO_SERVER else "url", last)

    def the_same_delivery_again_makes_no_run(self, commit):
        runs = len(self.api.runs(self.workspace))
        sent = [one for one in self.forge.control("GET", "deliveries") if commit in one["request"]["body"]]
        self.assertTrue(sent)
        self.resend(sent[0])
        self.wait_until_deliveries_are_done()
        self.only_run_of(commit)
        self.assertEqual(len(self.api.runs(self.workspace)), runs)

    def resend(self, delivery):
        """The very bytes once more, as a product's "redeliver" does."""
        headers = {name: value for name, value in delivery["request"]["headers"].items()
                   if name.lower() not in ("content-length", "host", "connection")}
        request = urllib.request.Request(delivery["url"], delivery["request"]["body"].encode(), headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertIn(answer.status, (200, 202))

    def a_push_elsewhere_is_decided_against(self):
        runs = len(self.api.runs(self.workspace))
        commit = self.push({"docs/readme.md": "nothing to plan\n"}, "words only")
        self.deliver()

        def decided():
            found = [one["attributes"] for one in self.api.decisions(self.workspace)
                     if one["attributes"]["commit-sha"] == commit]
            return found and found[0]

        decision = waiting.until("a decision about the push elsewhere", decided)
        self.assertNotIn(decision["outcome"], ("run", "speculative-run"))
        self.assertTrue(decision["reason"])
        self.wait_until_deliveries_are_done()
        self.assertEqual(len(self.api.runs(self.workspace)), runs)
