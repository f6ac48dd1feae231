"""GitHub, a GitHub Enterprise Server and Entra ID at their own names, as far as people sign in there: as strict as they
are, with a diary of every call. `approve()` is the person who types in the code."""

import base64
import hashlib
import http.server
import json
import secrets
import ssl
import threading
import urllib.parse

NAMES = ["github.com", "api.github.com", "forge.example.com", "login.microsoftonline.com", "management.azure.com"]
SCOPES = "repo, user, admin:repo_hook"


class SignInService:
    def __init__(self, certificate, key, client_secret):
        self.client_secret = client_secret
        self.tag = secrets.token_hex(8)
        self.access_token = f"canary-{self.tag}-access"
        self.refresh_token = f"canary-{self.tag}-refresh"
        self.arm_token = f"canary-{self.tag}-arm"
        self.codes, self.approved, self.polls, self.diary = {}, False, 0, []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                form = dict(urllib.parse.parse_qsl(sent))
                path, _, query = self.path.partition("?")
                service.diary.append((self.command, self.headers["Host"], path, form))
                status, body, more = service.answer(self.headers, path, dict(urllib.parse.parse_qsl(query)), form)
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def approve(self):
        self.approved = True

    def asked(self, path):
        return [form for _, _, at, form in self.diary if at.endswith(path)]

    def answer(self, headers, path, query, form):
        if path == "/login/oauth/authorize":
            return self.authorize(query)
        if path == "/login/oauth/access_token":
            return 200, self.redeem(form), {}
        if path.endswith("/user"):
            return self.user(headers)
        if path.endswith("/oauth2/v2.0/devicecode"):
            return 200, {"device_code": f"canary-{self.tag}-device", "user_code": "ABCD-EFGH", "interval": 1,
                         "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 900}, {}
        if path.endswith("/oauth2/v2.0/token"):
            return self.token(form)
        if path.startswith("/subscriptions/"):
            known = headers.get("Authorization") == "Bearer " + self.arm_token
            return (200, {"state": "Enabled"}, {}) if known else (401, {"error": {"code": "InvalidAuthenticationToken"}}, {})
        return 404, {"message": "Not Found"}, {}

    def authorize(self, query):
        """The person accepts at once."""
        code = secrets.token_hex(10)
        self.codes[code] = query
        back = query["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": query["state"]})
        return 302, {}, {"Location": back}

    def redeem(self, form):
        asked = self.codes.pop(form.get("code"), None)
        if form.get("client_secret") != self.client_secret:
            return {"error": "incorrect_client_credentials"}
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if not asked or proof.decode() != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return {"error": "bad_verification_code"}
        return {"access_token": self.access_token, "token_type": "bearer", "scope": SCOPES.replace(" ", "")}

    def user(self, headers):
        if headers.get("Authorization") != "Bearer " + self.access_token:
            return 401, {"message": "Bad credentials"}, {}
        return 200, {"login": "octocat"}, {"X-OAuth-Scopes": SCOPES}

    def token(self, form):
        if form.get("client_id") != "entra-app":
            return 400, {"error": "invalid_client", "error_description": "AADSTS700016: no such application"}, {}
        if form["grant_type"] == "refresh_token":
            known = form.get("refresh_token") == self.refresh_token
            return (200, {"access_token": self.arm_token, "token_type": "Bearer"}, {}) if known else (
                400, {"error": "invalid_grant", "error_description": "AADSTS70008: expired"}, {})
        self.polls += 1
        if self.polls == 1:
            return 400, {"error": "authorization_pending"}, {}
        if not self.approved:
            return 400, {"error": "slow_down" if self.polls == 2 else "authorization_pending"}, {}
        claims = base64.urlsafe_b64encode(json.dumps({"preferred_username": "operator@example.com"}).encode()).decode()
        return 200, {"access_token": self.arm_token, "refresh_token": self.refresh_token,
                     "id_token": f"e30.{claims.rstrip('=')}.e30"}, {}
