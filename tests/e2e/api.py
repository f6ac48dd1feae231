"""A small client of the JSON:API."""

import json
import urllib.error
import urllib.parse
import urllib.request


class Refused(AssertionError):
    def __init__(self, method, path, status, text):
        super().__init__(f"{method} {path} was answered {status}: {text[:2000]}")
        self.status = status
        self.text = text


def segment(text):
    return urllib.parse.quote(text, safe="")


class Api:
    def __init__(self, server, token, organization="acme"):
        self.server = server
        self.token = token
        self.organization = organization

    def send(self, method, path, document=None, timeout=60):
        url = path if path.startswith("http") else self.server.address + "/api/v2" + path
        request = urllib.request.Request(url, method=method)
        request.add_header("Authorization", "Bearer " + self.token)
        if document is not None:
            request.data = json.dumps(document).encode()
            request.add_header("Content-Type", "application/vnd.api+json")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(method, path, error.code, error.read().decode(errors="replace")) from None
        return json.loads(body) if body else None

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, kind=None, attributes=None, relationships=None):
        return self.send("POST", path, _document(kind, attributes, relationships))

    def patch(self, path, kind, attributes):
        return self.send("PATCH", path, _document(kind, attributes, None))

    def delete(self, path):
        return self.send("DELETE", path)

    def in_organization(self, rest=""):
        return "/organizations/" + segment(self.organization) + rest

    # --- runs ---------------------------------------------------------------------------------------------------

    def runs(self, workspace):
        return self.get(f"/workspaces/{workspace}/runs?page[size]=100")["data"]

    def run(self, run_id):
        return self.get(f"/runs/{run_id}")["data"]

    def commit_of(self, run):
        version = run["relationships"]["configuration-version"]["data"]["id"]
        try:
            return self.get(f"/configuration-versions/{version}/ingress-attributes")["data"]["attributes"]["commit-sha"]
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def runs_of_commit(self, workspace, commit):
        return [run for run in self.runs(workspace) if self.commit_of(run) == commit]

    def decisions(self, workspace):
        return self.get(f"/workspaces/{workspace}/trigger-decisions?page[size]=100")["data"]

    def log_of(self, run, phase="plan"):
        """The whole log by the protocol of Terraform's clients: chunks by offset, no token."""
        identifier = run["relationships"][phase]["data"]["id"]
        kind = {"plan": "plans", "apply": "applies"}[phase]
        url = self.get(f"/{kind}/{identifier}")["data"]["attributes"]["log-read-url"]
        whole = b""
        while True:
            with urllib.request.urlopen(f"{url}?limit=256&offset={len(whole)}", timeout=30) as answer:
                part = answer.read()
            if not part:
                return whole
            whole += part


def _document(kind, attributes, relationships):
    if kind is None:
        return None
    data = {"type": kind, "attributes": attributes or {}}
    if relationships:
        data["relationships"] = relationships
    return {"data": data}
