"""Every outside service at once, at its own name and port: takes any credentials, refuses a call without. A token of
another issuer it takes only if it is good and its subject is one of `trusted`.

Tokens that services give out in exchange are canaries too: `TOKENS`.
"""

import base64
import http.server
import json
import os
import ssl
import sys
import threading
import urllib.parse

import identity

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import kubernetes_api  # noqa: E402

PORTS = (443, 2376, 6443, 19080)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that trusts another authority goes away: that is its right."""


class AnyService:
    def __init__(self, certificate, key, tag):
        self.trusted = set()  # (issuer, subject)
        self.tokens = {kind: f"canary-{tag}-fetched-{kind}" for kind in ("access", "refresh", "account")}
        with open(certificate, encoding="ascii") as file:
            self.cluster = kubernetes_api.Cluster(self.tokens["access"], lambda account: self.tokens["account"], file.read())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.servers = [self.listen(port, context) for port in PORTS]

    def listen(self, port, context):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            tokens, trusted, cluster = self.tokens, self.trusted, self.cluster

            def serve(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.form = urllib.parse.parse_qs(self.body.decode(errors="replace"))
                self.answer(*answer_to(self))

            def answer(self, status, document):
                body = json.dumps(document).encode()
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", 'Basic realm="here"')
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_HEAD = do_OPTIONS = do_DELETE = do_PROPFIND = serve

            def log_message(self, *_):
                pass

        server = Server(("127.0.0.1", port), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def refusal_of(assertion, trusted):
    """Entra's words for an assertion of an issuer outside that it does not take; those of certificates name no key."""
    if not assertion or "kid" not in identity.part(assertion.partition(".")[0]):
        return None
    try:
        claims = identity.claims_of(assertion, "api://AzureADTokenExchange")
    except ValueError as problem:
        return f"AADSTS50027: JWT token is invalid or malformed: {problem}"
    if (claims["iss"], claims["sub"]) in trusted:
        return None
    return "AADSTS700213: No matching federated identity record found for presented assertion subject"


def answer_to(request):
    path, tokens = request.path.partition("?")[0], request.tokens
    if path.endswith(("/oauth2/v2.0/token", "/oauth2/token")):
        refusal = refusal_of(request.form.get("client_assertion", [""])[0], request.trusted)
        if refusal:
            return 401, {"error": "invalid_client", "error_description": refusal}
        return 200, {"access_token": tokens["access"], "token_type": "Bearer", "expires_in": 3599}
    if path == "/oauth2/exchange":
        return 200, {"refresh_token": tokens["refresh"]}
    if "Credential" in path:
        config = {"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                  "clusters": [{"name": "k", "cluster": {"server": "https://c1.example.com:6443"}}],
                  "users": [{"name": "u", "user": {"token": tokens["access"]}}]}
        return 200, {"kubeconfigs": [{"value": base64.b64encode(json.dumps(config).encode()).decode()}]}
    authorization = request.headers.get("Authorization")
    if kubernetes_api.PATH.fullmatch(path):
        return request.cluster.answer(request.command, path, request.body, (authorization or "").removeprefix("Bearer "))
    if authorization and path.endswith("/selfsubjectaccessreviews"):
        return 201, {"kind": "SelfSubjectAccessReview", "status": {"allowed": True}}
    if authorization and path.endswith(("/managedClusters", "/registries")):
        return 200, {"value": [{"id": f"{path}/prod", "name": "prod", "properties": {"loginServer": "prod.azurecr.io"}}]}
    if authorization:
        return 200, {"state": "Enabled", "properties": {"enableRBAC": True}}
    return 401, {"message": "who are you?"}
