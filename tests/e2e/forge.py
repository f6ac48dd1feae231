"""The hosting products of tests/fakes, as a test drives them."""

import dataclasses
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request

import processes
from server import SOURCE, clean_environment


@dataclasses.dataclass(frozen=True)
class Product:
    kind: str  # service-provider
    program: str
    owner_and_name: str  # of --repo
    identifier: str  # as a person types it
    http_path: str
    api_path: str  # "": made from the HTTP URL
    key_type: str  # of the key that we mint for it
    status_paths: str  # part of the path of a commit status
    pending: tuple
    success: tuple
    hooks: int  # installed hooks of one repository
    arguments: tuple = ()
    token_prefix: str = "ghp_"
    account: str = ""  # in front of the token, as a person types it
    pull_status_paths: str = ""  # of a status on a pull request, where the product has its own; with {number}


GITHUB = Product("github", "github.mjs", "octo/hello", "octo/hello", "", "/", "ssh-ed25519", "/statuses/", ("pending",),
                 ("success",), 1)
ADO_SERVER = Product("ado_server", "ado_server.mjs", "My Project/infra", "My Project/_git/infra",
                     "/tfs/DefaultCollection", "", "ssh-rsa", "/statuses", ("pending",), ("succeeded",), 4,
                     ("--context", "/tfs"), pull_status_paths="/pullRequests/{number}/statuses")
GITHUB_ENTERPRISE = dataclasses.replace(GITHUB, kind="github_enterprise", api_path="/api/v3",
                                        arguments=("--enterprise", "3.14.0"))
BITBUCKET_CLOUD = Product("bitbucket_hosted", "bitbucket_cloud.mjs", "acme/infra", "acme/infra", "", "/2.0",
                          "ssh-ed25519", "/statuses/build", ("INPROGRESS",), ("SUCCESSFUL",), 1,
                          token_prefix="ATATT-", account="emma@example.com:")
BITBUCKET_DATA_CENTER = Product("bitbucket_data_center", "bitbucket_data_center.mjs", "KEY/infra", "KEY/infra",
                                "/bitbucket", "", "", "/builds", ("INPROGRESS",), ("SUCCESSFUL",), 1,
                                ("--context", "/bitbucket"))


class Forge:
    def __init__(self, product, directory, repository, ssh_url):
        self.product = product
        self.log_path = os.path.join(directory, product.kind + ".log")
        arguments = ["node", os.path.join(SOURCE, "tests/fakes", product.program), "--port", "0", "--ssh-url", ssh_url,
                     "--repo", f"{product.owner_and_name}={repository.bare}", *product.arguments]
        self.process = processes.start(arguments, self.log_path, env=clean_environment(), stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the fake did not start:\n" + processes.tail(self.log_path))
        self.base = f"http://127.0.0.1:{json.loads(line)['port']}"

    @property
    def http_url(self):
        return self.base + self.product.http_path

    @property
    def api_url(self):
        return self.base + self.product.api_path if self.product.api_path else self.http_url

    def control(self, method, path, body=None):
        request = urllib.request.Request(self.base + "/_fake/" + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"the fake refuses {method} {path}: {error.read()!r}") from None
        return json.loads(text) if text else None

    def accept_token(self, token):
        """A token with every right, told on the wire and not on a command line."""
        self.control("POST", "set", {"tokens": {token: {}}})

    def hooks(self):
        return self.control("GET", "state")["hooks"]

    def fail(self, **failure):
        self.control("POST", "fail", failure)

    def heal(self):
        self.control("DELETE", "fail")

    def deliver_push(self, **more):
        """What the product sends for everything pushed since the last time."""
        body = {"event": "push", "repo": self.product.owner_and_name, **more}
        answer = self.control("POST", "deliver", body)
        return answer["deliveries"]

    def open_pull_request(self, source, title="A proposal", target="main"):
        """Opens it and sends what the product sends about it; its number."""
        before = {pull["number"] for pull in self.pulls()}
        answer = self.control("POST", "deliver", {"event": "pull_request", "repo": self.product.owner_and_name,
                                                  "action": "opened", "source": source, "target": target,
                                                  "title": title})
        sent = [one.get("response", {}).get("status") for one in answer["deliveries"]]
        if not sent or any(status not in (200, 202) for status in sent):
            raise AssertionError(f"the pull request's deliveries were answered {sent}")
        return next(pull["number"] for pull in self.pulls() if pull["number"] not in before)

    def pulls(self):
        return [{"number": pull.get("number", pull.get("id"))} for pull in self.control("GET", "state")["pulls"]]

    def pull_statuses(self, number):
        """Every status that was posted on the pull request itself."""
        path = self.product.pull_status_paths.format(number=number)
        return [json.loads(entry["body"]) for entry in self.control("GET", "diary")
                if entry["method"] == "POST" and path in entry["path"] and str(entry.get("status")).startswith("2")]

    def statuses(self, commit):
        """Every accepted commit status of a commit, in the order they came."""
        out = []
        for entry in self.control("GET", "diary"):
            if entry["method"] != "POST" or commit not in entry["path"]:
                continue
            if self.product.status_paths in entry["path"] and str(entry.get("status", "")).startswith("2"):
                out.append(json.loads(entry["body"]))
        return out

    def stop(self):
        processes.end(self.process, signal.SIGTERM)
