"""Service connections from outside: verified by a real call before they are saved, shown without their secrets, and
found nowhere else."""

import http.server
import threading
import unittest

import scene
import secrets_test
from api import Refused

TOKEN = "canary-" + "t0ken-of-a-feed"


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


class Connections(scene.SceneTest):
    ON_POSTGRES = False

    def setUp(self):
        super().setUp()
        self.feed = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        threading.Thread(target=self.feed.serve_forever, daemon=True).start()
        self.addCleanup(self.feed.server_close)
        self.addCleanup(self.feed.shutdown)

    def project(self):
        return self.api.get(self.api.in_organization("/projects"))["data"][0]["id"]

    def create(self, name, kind, scheme, parameters, **more):
        path = f"/projects/{self.project()}/service-connections"
        return self.api.post(path, "service-connections", {
            "name": name, "connection-type": kind, "scheme": scheme, "parameters": parameters, **more})["data"]

    def test_verify_and_save_makes_a_real_call(self):
        self.start_server(self.ON_POSTGRES)
        self.api.post("/organizations", "organizations", {"name": "acme", "email": "ops@example.com"})
        url = f"http://127.0.0.1:{self.feed.server_port}/"
        with self.assertRaises(Refused) as refusal:
            self.create("feed", "npm", "external_azure_pipelines", {"registry_url": url, "token": "canary-wrong-token"})
        self.assertEqual(refusal.exception.status, 422)
        self.assertNotIn("canary", refusal.exception.text)
        made = self.create("feed", "npm", "external_azure_pipelines", {"registry_url": url, "token": TOKEN})
        self.assertIn(made["attributes"]["verification-result"], ("ok", "ok_with_warning"))
        again = self.api.post(f"/service-connections/{made['id']}/actions/verify")["data"]["attributes"]
        self.assertIn(again["result"], ("ok", "ok_with_warning"), again)
        self.assertNotIn("canary", str(again))
        shown = self.api.get(f"/service-connections/{made['id']}")["data"]["attributes"]
        self.assertEqual(shown["secrets-set"], ["token"])
        self.assertNotIn("canary", str(shown))
        self.server.stop()
        self.assert_found_nowhere()

    def assert_found_nowhere(self):
        wanted = secrets_test.spellings(TOKEN.encode())
        search = secrets_test.Secrets()
        search.directory, search.server, search.database = self.directory, self.server, self.database
        found = [place for place, content in search.files() if any(text in content for text in wanted)]
        self.assertEqual(found, [])


class ConnectionsOnPostgres(Connections):
    ON_POSTGRES = True


if __name__ == "__main__":
    unittest.main()
