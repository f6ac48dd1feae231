"""A service connection on the page, from its type to a run that uses it."""

import unittest

import world
import feed  # found by what `world` puts on the path

TOKEN = "t0ken-of-a-feed-that-nobody-sees"


class Connections(world.BrowserTest):
    def test_U10_U14_made_authorized_and_used(self):
        registry = feed.start(self, TOKEN)
        self.start_empty_world("github")
        self.become_administrator()
        self.register_provider()
        self.give_clone_access()
        self.workspace = self.create_workspace(**{"plan-command": ["sh", "-c", 'echo "token $NPM_TOKEN"; cat infra/main.tf'],
                                                  "apply-command": []})
        self.wait_for_hooks()
        self.clear_first_run()
        self.api.post(self.api.in_organization("/projects"), "projects", {"name": "second"})
        self.api.post("/admin/oauth-configurations", "oauth-configurations", {
            "name": "corporate", "source-type": "github", "client-id": "Iv1.app", "client-secret": "x"})
        self.drive("connections.mjs", {"push": self.push_and_deliver, "endSessions": self.end_sessions}, seconds=200,
                   admin=self.admin, registry=registry + "/", registryToken=TOKEN)

    def end_sessions(self):
        self.api.send("DELETE", "/account/sessions")
        return True


if __name__ == "__main__":
    unittest.main()
