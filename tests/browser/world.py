"""What a browser test stands on: the server, a hosting product, an sshd, and a driver program in Node.js.

The driver (a Playwright script) is given the world as JSON on its standard input and asks for what happens outside the
browser, a line of JSON each, on its standard output: {"ask": "push", ...}. The answer comes as a line on its input.
"""

import dataclasses
import json
import os
import subprocess
import sys
import threading
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import forge  # noqa: E402
import scene  # noqa: E402
from api import Api  # noqa: E402
from server import clean_environment  # noqa: E402

SUITE = os.environ.get("RUNBRIDGE_BROWSER_SUITE") or HERE
ARTEFACTS = os.environ.get("RUNBRIDGE_BROWSER_ARTEFACTS") or "/tmp/runbridge-browser"
GITHUB = dataclasses.replace(forge.GITHUB, kind="github_enterprise", api_path="/api/v3", arguments=("--enterprise", "3.14.0"))
PRODUCTS = {"ado_server": forge.ADO_SERVER, "github": GITHUB, "bitbucket_data_center": forge.BITBUCKET_DATA_CENTER,
            "bitbucket_hosted": forge.BITBUCKET_CLOUD}


class BrowserTest(scene.SceneTest):
    """One browser script against one world."""

    def drive(self, script, answers, seconds=170, **world):
        os.makedirs(ARTEFACTS, exist_ok=True)
        environment = clean_environment(HOME=self.directory, RUNBRIDGE_BROWSER_ARTEFACTS=ARTEFACTS)
        driver = subprocess.Popen(["node", os.path.join(SUITE, script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env=environment, text=True, cwd=SUITE)
        timer = threading.Timer(seconds, driver.kill)
        timer.start()
        try:
            self._say(driver, {"address": self.server.address, "artefacts": ARTEFACTS, **world})
            for line in driver.stdout:
                if not line.startswith("{"):
                    print(line, end="")
                    continue
                question = json.loads(line)
                self._say(driver, {"answer": answers[question.pop("ask")](**question)})
        finally:
            timer.cancel()
            driver.kill() if driver.poll() is None and sys.exc_info()[0] else None
            driver.stdin.close()
            code = driver.wait()
            driver.stdout.close()
        self.assertEqual(code, 0, f"{script} failed; screenshots are in {ARTEFACTS}")

    @staticmethod
    def _say(driver, message):
        driver.stdin.write(json.dumps(message) + "\n")
        driver.stdin.flush()

    # --- the world ----------------------------------------------------------------------------------------------

    def start_empty_world(self, product, *arguments):
        """A server that nobody has set up, an sshd with a repository, and the hosting product in front of it."""
        self.start_server(admin=False)
        product = PRODUCTS[product]
        self.start_forge(dataclasses.replace(product, arguments=(*product.arguments, *arguments)))

    def setup_link(self):
        """The page's administrator is ours as well: the test's own calls are made with a token of his."""
        link = self.server.setup_link()
        self.assertTrue(link)
        return link

    def become_administrator(self):
        """What the page does at its first start, without the page."""
        self.admin = {"username": "ada", "email": "ada@example.com", "password": "seven small bridges over the river",
                      "organization": "acme"}
        request = urllib.request.Request(self.setup_link(), data=json.dumps(self.admin).encode(), method="POST",
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            token = json.loads(answer.read())["data"]["attributes"]["token"]
        self.api = Api(self.server, token)

    def product_world(self, name):
        product = PRODUCTS[name]
        return {"kind": product.kind, "httpUrl": self.forge.http_url, "apiUrl": self.forge.api_url,
                "token": self.provider_token, "repository": product.identifier,
                "fingerprints": self.sshd.host_fingerprints()}

    def authorize(self, key):
        self.sshd.authorize(key)
        return True

    def push_and_deliver(self, files, message="change"):
        commit = self.push(files, message)
        self.deliver()
        return commit
