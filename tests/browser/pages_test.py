"""Every page: accessible in both themes, fit for a narrow screen, deaf to markup that a provider sent."""

import unittest

import world

# Would show itself in the page's console as CANARY, in the report of the policy, or as a request.
CANARY = ("<img src=x onerror=canary()><script>canary()</script>\"'><svg/onload=canary()>"
          "javascript:canary() {{7*7}} \u202egnp.exe")
ESCAPES = ("\x1b]0;title\x07\x1b]8;;javascript:canary()\x07link\x1b]8;;\x07\x1b[2J\x1b[1;31mred\x1b[0m"
           "<script>canary()</script>\n" + "x" * 20000 + "\n")


class Pages(world.BrowserTest):
    def test_U01_U02_with_data_that_is_hostile(self):
        self.start_empty_world("github", "--login", CANARY)  # who pushes, proposes and owns the token
        self.become_administrator()
        self.register_provider()
        self.give_clone_access()
        self.workspace = self.create_workspace(description=CANARY, **{"trigger-prefixes": []})
        self.wait_for_hooks()
        self.clear_first_run()
        branch = "<img/src=x/onerror=canary()>"
        self.push({"infra/main.tf": ESCAPES}, CANARY, branch)
        commit = self.push({"infra/main.tf": ESCAPES + "more"}, CANARY)
        self.deliver()
        run = self.wait_for_status(self.wait_for_run(commit)["id"], "planned")
        self.push({"infra/other.tf": "proposed"}, CANARY, branch)
        self.forge.open_pull_request(branch, CANARY)
        self.wait_until_deliveries_are_done()
        self.api.post(f"/workspaces/{self.workspace}/vars", "vars", {"key": "CANARY", "value": CANARY, "category": "env"})
        project = self.api.get(self.api.in_organization("/projects"))["data"][0]["id"]
        connection = self.api.post(f"/projects/{project}/service-connections", "service-connections", {
            "name": "canary", "description": CANARY, "connection-type": "generic", "scheme": "username_password", "verify": False,
            "parameters": {"server_url": "https://service.example.com", "username": CANARY[:60], "password": "x"}})["data"]["id"]
        delivery = self.api.get(self.api.in_organization("/deliveries"))["data"][0]["id"]
        self.drive("pages.mjs", {}, seconds=500, admin=self.admin, pages=self.pages(run["id"], delivery, connection))

    def pages(self, run, delivery, connection):
        here = "/app/" + self.admin["organization"]
        workspace = here + "/workspaces/prod"
        return [["workspaces", here + "/workspaces"], ["workspace-new", here + "/workspaces/new"], ["workspace", workspace],
                ["workspace-runs", workspace + "/runs"], ["workspace-variables", workspace + "/variables"],
                ["workspace-connections", workspace + "/connections"],
                ["workspace-settings", workspace + "/settings"], ["runs", here + "/runs"], ["run", f"{workspace}/runs/{run}"],
                ["deliveries", here + "/deliveries"], ["delivery", f"{here}/deliveries/{delivery}"],
                ["providers", here + "/providers"], ["provider", f"{here}/providers/{self.client_id}"],
                ["provider-new", here + "/providers/new"], ["hooks", here + "/hooks"], ["keys", here + "/keys"],
                ["connections", here + "/connections"], ["connection-types", here + "/connections/new"],
                ["connection", f"{here}/connections/{connection}"], ["connection-new", here + "/connections/new/azure_rm"],
                ["people", here + "/people"], ["tokens", here + "/tokens"], ["audit", here + "/audit"],
                ["system", here + "/system"], ["settings", here + "/settings"], ["account", "/account"],
                ["not-found", here + "/nothing"], ["invitation", "/invitation#not-a-secret"]]


if __name__ == "__main__":
    unittest.main()
