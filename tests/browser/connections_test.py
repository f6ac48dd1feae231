"""A service connection on the page, from its type to a run that uses it."""

import http.server
import threading
import unittest

import world

TOKEN = "t0ken-of-a-feed-that-nobody-sees"


class Registry(http.server.BaseHTTPRequestHandler):
    """A package feed that knows one token."""

    def do_GET(self):
        allowed = self.headers.get("Authorization") == "Bearer " + TOKEN
        body = b'{"username":"ada"}' if allowed else b'{"error":"no"}'
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Connections(world.BrowserTest):
    def test_U10_U14_made_authorized_and_used(self):
        feed = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        threading.Thread(target=feed.serve_forever, daemon=True).start()
        self.addCleanup(feed.server_close)
        self.addCleanup(feed.shutdown)
        self.start_empty_world("github")
        self.become_administrator()
        self.register_provider()
        self.give_clone_access()
        self.workspace = self.create_workspace(**{"plan-command": ["sh", "-c", 'echo "token $NPM_TOKEN"; cat infra/main.tf'],
                                                  "apply-command": []})
        self.wait_for_hooks()
        self.clear_first_run()
        self.api.post(self.api.in_organization("/projects"), "projects", {"name": "second"})
        self.drive("connections.mjs", {"push": self.push_and_deliver, "endSessions": self.end_sessions}, seconds=200,
                   admin=self.admin, registry=f"http://127.0.0.1:{feed.server_port}/", registryToken=TOKEN)

    def end_sessions(self):
        self.api.send("DELETE", "/account/sessions")
        return True


if __name__ == "__main__":
    unittest.main()
