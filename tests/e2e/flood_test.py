"""One tenant floods its webhook; the others do not feel it, and nothing that was acknowledged is lost."""

import asyncio
import json
import os
import threading
import time
import unittest
import uuid

import flood
import forge
import scene
import waiting
from api import Api

FLOOD = 5_000
OTHERS_EVERY = 0.1  # seconds; more often than the one a second of the row, so that there is something to count
ROW_LIMIT = 0.2


class PauseMeter(threading.Thread):
    """What the machine itself takes, whoever is measured: how much later than asked for this process wakes up, and how
    long the disk takes for a few bytes."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.longest = 0.0
        self.ended = threading.Event()

    def run(self):
        with open(self.path, "wb", buffering=0) as file:
            while True:
                began = time.monotonic()
                if self.ended.wait(0.05):
                    return
                self.longest = max(self.longest, time.monotonic() - began - 0.05)
                began = time.monotonic()
                file.write(b"x")
                os.fsync(file.fileno())
                self.longest = max(self.longest, time.monotonic() - began)


class Flood(scene.SceneTest):
    def hook_of_second_tenant(self):
        self.api.post("/organizations", "organizations", {"name": "globex", "email": "ops@example.com"})
        theirs = Api(self.server, self.server.admin_token, "globex")
        product = self.forge.product
        client = theirs.post(theirs.in_organization("/oauth-clients"), "oauth-clients", {
            "name": "forge", "service-provider": product.kind, "http-url": self.forge.http_url,
            "api-url": self.forge.api_url, "oauth-token-string": self.provider_token})["data"]
        token = client["relationships"]["oauth-tokens"]["data"][0]["id"]
        theirs.post(theirs.in_organization("/workspaces"), "workspaces", {
            "name": "prod", "queue-all-runs": False, "plan-command": ["true"], "apply-command": ["true"],
            "vcs-repo": {"identifier": product.identifier, "oauth-token-id": token}})
        waiting.until("the second hook is installed", lambda: len(self.hooks_made()) == 2)
        return theirs

    def hooks_made(self):
        """Path and secret of each hook, as the fake was told: no answer of the server's has the secret."""
        made = []
        for entry in self.forge.control("GET", "diary"):
            if entry["method"] != "POST" or not entry["path"].endswith("/hooks"):
                continue
            body = json.loads(entry["body"]) if isinstance(entry["body"], str) else entry["body"]
            made.append(("/" + body["config"]["url"].split("/", 3)[3], body["config"]["secret"]))
        return made

    def keys_of(self, api):
        """Those that came together are in the list a moment later than on disk; its total counts them at once."""
        return waiting.until("every delivery is in the list", lambda: self.keys_if_complete(api), 120)

    def keys_if_complete(self, api):
        keys, number = set(), 1
        while True:
            page = api.get(api.in_organization(f"/deliveries?count=exact&page[size]=100&page[number]={number}"))
            if not page["data"]:
                return keys if len(keys) == page["meta"]["pagination"]["total-count"] else None
            keys |= {one["attributes"]["delivery-id"] for one in page["data"]}
            number += 1

    def test_T_W25_a_flood_of_one_tenant(self):
        self.connect(forge.GITHUB)
        theirs = self.hook_of_second_tenant()
        (our_path, our_secret), (their_path, their_secret) = self.hooks_made()
        # About no repository that anybody has: taken in, looked at, and ignored.
        body = json.dumps({"ref": "refs/heads/main", "repository": {"id": 0}, "text": "x" * 7_000})
        flooding = flood.start({"port": self.server.port, "path": our_path, "secret": our_secret, "body": body,
                                "count": FLOOD, "connections": 100}, self.directory + "/flood.json")
        pauses = PauseMeter(self.directory + "/pauses")
        pauses.start()
        sent, times = [], []
        while flooding.poll() is None:
            delivery = str(uuid.uuid4())
            data = flood.request_bytes(their_path, their_secret, body.encode(), delivery)
            began = time.monotonic()
            status = asyncio.run(flood.post(self.server.port, data))
            times.append(time.monotonic() - began)
            self.assertEqual(status, 202, "who does not flood is served")
            sent.append(delivery)
            time.sleep(OTHERS_EVERY)
        pauses.ended.set()
        with open(self.directory + "/flood.json", encoding="utf-8") as file:
            answer = json.load(file)
        self.server.kill()
        self.server.start()

        self.assertEqual(sum(answer["answers"].values()), FLOOD)
        self.assertLessEqual(set(answer["answers"]), {"202", "503"}, answer["answers"])
        self.assertGreater(len(answer["accepted"]), 0)
        self.assertEqual(set(answer["accepted"]) - self.keys_of(self.api), set(), "acknowledged and lost")
        self.assertEqual(set(sent) - self.keys_of(theirs), set(), "acknowledged and lost")
        slowest = sorted(times)[int(0.99 * (len(times) - 1))]
        self.assertLess(slowest, ROW_LIMIT + pauses.longest * 2, sorted(times)[-5:])


if __name__ == "__main__":
    unittest.main()
