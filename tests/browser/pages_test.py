"""Every page and every window: accessible in both themes and on a narrow screen, deaf to markup that a provider sent."""

import unittest

import page_source
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
        self.what_can_be_deleted()
        ids = {"run": run["id"], "delivery": delivery, "connection": connection}
        self.drive("pages.mjs", {}, seconds=900, admin=self.admin, outside=self.outside(), windows=page_source.windows(),
                   pages=self.pages(**ids))

    def what_can_be_deleted(self):
        """Everything that a window asks about before it goes."""
        self.api.post(self.api.in_organization("/projects"), "projects", {"name": "second"})
        self.api.post(self.api.in_organization("/teams"), "teams", {"name": "builders"})
        self.api.post(self.api.in_organization("/ssh-keys/actions/generate"), "ssh-keys", {"name": "spare"})
        self.api.post(self.api.in_organization("/authentication-token"), "authentication-tokens", {})
        self.api.post(f"/workspaces/{self.workspace}/actions/lock", None, None)
        self.api.post("/admin/oauth-configurations", "oauth-configurations", {
            "name": "corporate", "source-type": "github", "client-id": "Iv1.app", "client-secret": "x"})

    def outside(self):
        """Pages for who is not signed in: name, pattern of the router, address."""
        return [["sign-in", "/sign-in", "/sign-in"], ["first-start", "/setup/:secret", "/setup/not-a-secret"],
                ["invitation", "/invitation", "/invitation#not-a-secret"]]

    def pages(self, run, delivery, connection):
        """Name, pattern, address. Each pattern of the router must be here, and each part of a workspace."""
        here = "/app/" + self.admin["organization"]
        workspace = here + "/workspaces/prod"
        base = "/app/:organization"
        pages = [
            ["start", "/", "/?choose"], ["account", "/account", "/account"], ["first-page", base, here],
            ["workspaces", base + "/workspaces", here + "/workspaces"],
            ["workspace-new", base + "/workspaces/new", here + "/workspaces/new"],
            ["workspace", base + "/workspaces/:workspace", workspace],
            *([f"workspace-{part}", base + "/workspaces/:workspace/:part", f"{workspace}/{part}"]
              for part in sorted(page_source.workspace_parts())),
            ["run", base + "/workspaces/:workspace/runs/:run", f"{workspace}/runs/{run}"],
            ["runs", base + "/runs", here + "/runs"],
            ["deliveries", base + "/deliveries", here + "/deliveries"],
            ["delivery", base + "/deliveries/:id", f"{here}/deliveries/{delivery}"],
            ["providers", base + "/providers", here + "/providers"],
            ["provider-new", base + "/providers/new", here + "/providers/new"],
            ["provider-go-on", base + "/providers/new/:id", f"{here}/providers/new/{self.client_id}"],
            ["provider", base + "/providers/:id", f"{here}/providers/{self.client_id}"],
            ["hooks", base + "/hooks", here + "/hooks"], ["keys", base + "/keys", here + "/keys"],
            ["connections", base + "/connections", here + "/connections"],
            ["connection-types", base + "/connections/new", here + "/connections/new"],
            ["connection-new", base + "/connections/new/:type", here + "/connections/new/azure_rm"],
            ["connection", base + "/connections/:id", f"{here}/connections/{connection}"],
            ["people", base + "/people", here + "/people"], ["tokens", base + "/tokens", here + "/tokens"],
            ["audit", base + "/audit", here + "/audit"], ["system", base + "/system", here + "/system"],
            ["settings", base + "/settings", here + "/settings"]]
        visited = {pattern for _, pattern, _ in [*self.outside(), *pages]}
        self.assertEqual(visited, page_source.routes(), "every route of the page is visited, and no other")
        return [*pages, ["not-found", "", here + "/nothing"], ["no-organization", "", "/app/nobody/workspaces"]]


if __name__ == "__main__":
    unittest.main()
