"""Services that run only at their makers', as their public descriptions have them: cloud.py PORT cert= key= [chef=PUBLIC.PEM] [ca=CA.PEM]

One HTTPS server for all host names; who is asked is told by the Host header. Wrong credentials are refused in each
service's own words, which repeat what was sent, so that masking has something to do.
"""

import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import kubernetes_api  # noqa: E402

USER, PASSWORD, TOKEN = "ann", "s3cret/+pass word", "tok-0123456789abcdef"
SUBSCRIPTION = "00000000-0000-0000-0000-00000000000a"
AWS_ID, AWS_SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Answer(Exception):
    def __init__(self, status, body=b"", kind="application/json", headers=()):
        super().__init__(status)
        self.status, self.kind, self.headers = status, kind, dict(headers)
        self.body = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else json.dumps(body).encode()


def page(status=200, title="Sign in"):
    raise Answer(status, f"<html><head><title>{title}</title></head></html>", "text/html; charset=utf-8")


class Call:
    def __init__(self, handler, body):
        self.method, self.headers, self.body = handler.command, handler.headers, body
        self.host = handler.headers.get("Host", "").split(":")[0]
        self.path, _, self.query = handler.path.partition("?")
        self.parameters = dict(urllib.parse.parse_qsl(self.query))
        self.form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
        self.authorization = handler.headers.get("Authorization", "")
        self.client = handler.connection.getpeercert() if hasattr(handler.connection, "getpeercert") else None

    def basic(self):
        scheme, _, value = self.authorization.partition(" ")
        if scheme != "Basic":
            return None
        user, _, password = base64.b64decode(value).decode().partition(":")
        return user, password

    def bearer(self):
        return self.authorization.removeprefix("Bearer ") if self.authorization.startswith("Bearer ") else None

    def need_basic(self, *users, secret=PASSWORD, headers=()):
        got = self.basic()
        if got is None or got[0] not in (users or (USER,)) or got[1] != secret:
            words = f"Access denied for {self.authorization}"
            raise Answer(401, {"message": words}, headers={"WWW-Authenticate": 'Basic realm="here"', **dict(headers)})

    def need_bearer(self, token=TOKEN, words="Bad credentials"):
        if self.bearer() != token:
            raise Answer(401, {"message": f"{words} {self.authorization}"})


def entra(call):
    form = call.form
    if "/bad-tenant/" in call.path:
        raise Answer(400, {"error": "invalid_request", "error_description": "AADSTS90002: Tenant 'bad-tenant' not found."})
    kind = form.get("grant_type")
    if kind == "password":
        if (form["username"], form["password"]) != (USER, PASSWORD):
            raise Answer(400, {"error": "invalid_grant", "error_description": f"AADSTS50126: Invalid username or password {form['password']}."})
    elif kind == "refresh_token":
        if form["refresh_token"] != TOKEN:
            raise Answer(400, {"error": "invalid_grant", "error_description": "AADSTS70008: The refresh token has expired."})
    elif "client_assertion" in form:
        header, claims, signature = form["client_assertion"].split(".")
        decoded = json.loads(base64.urlsafe_b64decode(header + "=="))
        if decoded.get("alg") != "RS256" or "x5t#S256" not in decoded or not signature:
            raise Answer(401, {"error": "invalid_client", "error_description": "AADSTS700027: not signed as wanted."})
    elif form.get("client_secret") != PASSWORD:
        raise Answer(401, {"error": "invalid_client", "error_description": f"AADSTS7000215: Invalid client secret provided: {form.get('client_secret')}."})
    raise Answer(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3599})


def arm_list(call):
    """Lists as Azure Resource Manager gives them, page by page; what is wrong with one is told by the subscription."""
    subscription = call.path.split("/")[2] if call.path.count("/") > 1 else SUBSCRIPTION
    here = f"https://management.azure.com{call.path}?api-version=x&$skiptoken="
    group = f"/subscriptions/{subscription}/resourceGroups/apps/providers"

    def cluster(name):
        return {"id": f"{group}/Microsoft.ContainerService/managedClusters/{name}", "name": name}

    if call.path == "/subscriptions":
        raise Answer(200, {"value": [{"subscriptionId": SUBSCRIPTION, "displayName": "Production"}]})
    if call.path.endswith("/resourcegroups"):
        raise Answer(200, {"value": [{"name": "apps"}, {"name": "shared"}]})
    if call.path.endswith("/registries"):
        raise Answer(200, {"value": [{"name": "acme", "properties": {"loginServer": "acme.azurecr.io"}}]})
    token = call.parameters.get("$skiptoken", "1")
    page = int(token) if token.isdigit() else 0
    if not page:
        raise Answer(400, {"error": {"code": "InvalidToken", "message": f"skiptoken {'is a template' if '{{' in token else 'is another'}"}})
    end = subscription[-2:]
    if end == "0a":
        answer = {"value": [cluster(f"prod-{page}"), cluster(f"test-{page}")]}
        raise Answer(200, {**answer, "nextLink": f"{here}{page + 1}"} if page < 3 else answer)
    answers = {"e0": {"value": []}, "e1": {"value": [cluster("again")], "nextLink": f"{here}1"},
               "e2": {"value": [cluster("x")], "nextLink": "https://k8s.test/steal"},
               "e3": {"value": [cluster("x")], "nextLink": here + "{{ref:azure_subscription.client_secret}}"},
               "e4": {"value": [{"id": f"leak-{call.bearer()}", "name": "a"}, {"id": "line\nbreak", "name": "b"},
                                {"name": "no id"}, 7, {"id": "fine", "name": f"is {call.bearer()}"}]},
               "e5": {"items": []}, "e6": {"value": "a text"}}
    if end in answers:
        raise Answer(200, answers[end])
    if end == "e7":
        page_of_a_proxy = "<html><body>Welcome</body></html>"
        raise Answer(200, page_of_a_proxy, "text/html")
    if end == "e8":
        raise Answer(429, {"error": {"code": "TooManyRequests", "message": "slow down"}})
    raise Answer(403, {"error": {"code": "AuthorizationFailed", "message": f"The client does not have authorization. {call.authorization}"}})


def arm(call):
    call.need_bearer(words="InvalidAuthenticationToken")
    if call.path.endswith(("/subscriptions", "/resourcegroups", "/registries", "/managedClusters")):
        arm_list(call)
    if call.path == f"/subscriptions/{SUBSCRIPTION}":
        raise Answer(200, {"subscriptionId": SUBSCRIPTION, "state": "Enabled"})
    if call.path.endswith(("listClusterUserCredential", "listClusterAdminCredential")):
        config = {"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                  "clusters": [{"name": "k", "cluster": {"server": "https://k8s.test:6443" if "/faraway/" in call.path else "https://k8s.test"}}],
                  "users": [{"name": "u", "user": {"token": TOKEN}}]}
        raise Answer(200, {"kubeconfigs": [{"name": "c", "value": base64.b64encode(json.dumps(config).encode()).decode()}]})
    if "managedClusters/open" in call.path:
        raise Answer(200, {"properties": {"enableRBAC": False, "powerState": {"code": "Running"}}})
    if "managedClusters/prod" in call.path or "managedClusters/faraway" in call.path:
        raise Answer(200, {"properties": {"enableRBAC": True, "powerState": {"code": "Running"}}})
    raise Answer(404, {"error": {"code": "SubscriptionNotFound", "message": "The subscription could not be found."}})


def classic(call):
    if call.bearer() != TOKEN and not call.client:
        raise Answer(403, "<Error><Code>ForbiddenError</Code><Message>The server failed to authenticate the request.</Message></Error>", "application/xml")
    if SUBSCRIPTION not in call.path:
        raise Answer(404, "<Error><Code>SubscriptionNotFound</Code></Error>", "application/xml")
    raise Answer(200, f'<?xml version="1.0"?><Subscription xmlns="http://x"><SubscriptionID>{SUBSCRIPTION}</SubscriptionID></Subscription>', "application/xml")


def metadata(call):
    if call.headers.get("Metadata") != "true":
        raise Answer(400, {"error": "invalid_request"})
    if call.parameters.get("client_id") == "nobody":
        raise Answer(400, {"error": "invalid_request", "error_description": "Identity not found"})
    raise Answer(200, {"access_token": TOKEN})


def github(call):
    if call.basic():
        call.need_basic(USER)
    else:
        call.need_bearer()
    raise Answer(200, {"login": USER}, headers={"X-OAuth-Scopes": "repo, user, admin:repo_hook", "X-GitHub-Enterprise-Version": "3.12"})


def bitbucket(call):
    call.need_basic(USER, secret=PASSWORD)
    raise Answer(200, {"type": "user", "username": USER})


def jenkins(call):
    marked = {"X-Jenkins": "2.440"}
    if call.path.endswith("/whoAmI/api/json"):
        if call.authorization:
            call.need_basic(headers=marked)
        raise Answer(200, {"authenticated": bool(call.authorization), "anonymous": not call.authorization}, headers=marked)
    call.need_basic(headers=marked)
    raise Answer(200, {"nodeDescription": "the Jenkins controller"}, headers=marked)


def write_down(line):
    if "diary" in Handler.options:
        with open(Handler.options["diary"], "a", encoding="ascii") as file:
            file.write(line + "\n")


CLUSTER = kubernetes_api.Cluster(TOKEN, lambda account: "token-of-" + account, "the authority\n", write_down)


def kubernetes(call):
    raise Answer(*CLUSTER.answer(call.method, call.path, call.body, call.bearer()))


def teamcity(call):
    call.need_basic()
    raise Answer(200, {"count": 1, "project": []})


def vcenter(call):
    if call.method == "DELETE":
        raise Answer(204 if call.headers.get("vmware-api-session-id") == "sess" else 401)
    call.need_basic()
    raise Answer(201, '"sess"')


def tfs(call):
    got = call.basic()
    if got is None or got not in ((USER, PASSWORD), ("", TOKEN)):
        if got and got[0] == "":
            page(203)
        raise Answer(401, "", headers={"WWW-Authenticate": "Basic"})
    if "connectionData" in call.path:
        raise Answer(200, {"authenticatedUser": {"id": "11111111-1111-1111-1111-111111111111", "providerDisplayName": "Ann"}, "instanceId": "i"})
    raise Answer(200, {"count": 1, "value": [{"name": "p"}]})


def snowflake(call):
    if call.parameters.get("delete"):
        raise Answer(200, {"success": True})
    data = json.loads(call.body)["data"]
    good = data.get("PASSWORD") == PASSWORD or data.get("TOKEN") == TOKEN
    if not good:
        raise Answer(200, {"success": False, "code": "390100", "message": f"Incorrect username or password {data.get('PASSWORD')}.", "data": {}})
    session = {"roleName": call.parameters.get("roleName", "").upper(), "databaseName": call.parameters.get("databaseName"), "warehouseName": call.parameters.get("warehouse")}
    if session["databaseName"] == "ELSEWHERE":
        session["databaseName"] = None
    raise Answer(200, {"success": True, "code": None, "data": {"token": "session-token-1", "sessionInfo": session}})


def app_center(call):
    if call.headers.get("X-API-Token") != TOKEN:
        raise Answer(401, {"id": "x", "code": "Unauthorized"})
    raise Answer(200, {"name": USER})


def feeds(call):
    """NuGet, npm, Maven, PyPI and a plain API, each below its own path."""
    if call.path == "/open/v3/index.json":
        raise Answer(200, {"version": "3.0.0", "resources": [{"@type": "PackagePublish/2.0.0", "@id": "https://x/"}]})
    if call.path.startswith("/api"):
        if call.path == "/api/open":
            raise Answer(200, {"fine": True})
        keys = (call.bearer(), call.headers.get("x-api-key"), call.headers.get("api-key"), call.parameters.get("key"))
        raise Answer(200 if TOKEN in keys else 401, {"ok": TOKEN in keys})
    if call.bearer() == TOKEN:
        user = USER
    else:
        got = call.basic()
        good = got in ((USER, PASSWORD), ("AzureDevOps", TOKEN), ("VssToken", TOKEN), ("build", TOKEN), ("__token__", "pypi-" + TOKEN))
        if not good:
            raise Answer(401, {"message": f"no entry for {call.authorization}"}, headers={"WWW-Authenticate": 'Basic realm="feeds"'})
        user = got[0]
    if call.path.endswith("/-/whoami"):
        raise Answer(200, {"username": user})
    if call.path.endswith("/v3/index.json"):
        raise Answer(200, {"version": "3.0.0", "resources": [{"@type": "PackagePublish/2.0.0", "@id": "https://x/"}]})
    if call.path == "/upload":
        raise Answer(400, "filetype is required", "text/plain")
    if call.path in ("/simple/pip/", "/maven/"):
        page(200, "Index")
    raise Answer(404, "not here", "text/plain")


def registry(call):
    if call.path == "/token":
        call.need_basic()
        raise Answer(200, {"token": TOKEN})
    if call.path == "/oauth2/exchange":
        raise Answer(200 if call.form.get("access_token") == TOKEN else 401, {"refresh_token": "refresh-1"})
    if call.path == "/oauth2/token":
        raise Answer(200, {"access_token": TOKEN})
    if call.bearer() == TOKEN:
        raise Answer(200, {}, headers={"Docker-Distribution-Api-Version": "registry/2.0"})
    realm = "https://elsewhere.example/token" if call.host.startswith("stray") else f"https://{call.headers['Host']}/token"
    raise Answer(401, {"errors": [{"message": "authentication required"}]},
                 headers={"WWW-Authenticate": f'Bearer realm="{realm}",service="registry",scope="x"', "Docker-Distribution-Api-Version": "registry/2.0"})


def is_signed(call):
    parts = dict(part.strip().split("=", 1) for part in call.authorization.removeprefix("AWS4-HMAC-SHA256 ").split(","))
    key_id, day, region, service, _ = parts["Credential"].split("/")
    if key_id != AWS_ID:
        return "InvalidAccessKeyId"
    names = parts["SignedHeaders"].split(";")
    lines = "".join(f"{name}:{call.headers[name]}\n" for name in names)
    query = "&".join(sorted(call.query.split("&"))) if call.query else ""
    canonical = "\n".join([call.method, call.path, query, lines, parts["SignedHeaders"], hashlib.sha256(call.body).hexdigest()])
    stamp = call.headers["X-Amz-Date"]
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, f"{day}/{region}/{service}/aws4_request", hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + AWS_SECRET).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), parts["Signature"]):
        return "SignatureDoesNotMatch"
    return region


def s3(call):
    def failure(status, code, more="", headers=()):
        raise Answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>m</Message>{more}</Error>", "application/xml", headers)
    region = {"x-amz-bucket-region": "eu-west-1"}
    if call.host.startswith("sts."):
        if is_signed(call) in ("InvalidAccessKeyId", "SignatureDoesNotMatch"):
            failure(403, "SignatureDoesNotMatch")
        raise Answer(200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/ann</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>", "text/xml")
    if call.method == "HEAD":
        raise Answer(404 if call.host.startswith("missing") else 403, headers=region)
    if not call.authorization:
        failure(403, "AccessDenied", headers=region)
    signed = is_signed(call)
    if signed in ("InvalidAccessKeyId", "SignatureDoesNotMatch"):
        failure(403, signed)
    if signed != "eu-west-1":
        failure(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")
    if call.host.startswith("locked"):
        failure(403, "AccessDenied")
    raise Answer(200, "<?xml version='1.0'?><ListBucketResult xmlns='http://s3'><Name>b</Name></ListBucketResult>", "application/xml")


def service_bus(call):
    token = dict(pair.split("=", 1) for pair in call.authorization.removeprefix("SharedAccessSignature ").split("&") if "=" in pair)
    signature = hmac.new(b"c2hhcmVk", f"{token.get('sr')}\n{token.get('se')}".encode(), hashlib.sha256).digest()
    if urllib.parse.unquote(token.get("sig", "")) != base64.b64encode(signature).decode():
        raise Answer(401, "<Error><Code>401</Code><Detail>InvalidSignature</Detail></Error>", "application/xml")
    if call.path != "/orders":
        raise Answer(404, "<Error><Code>404</Code></Error>", "application/xml")
    raise Answer(200, '<entry xmlns="http://www.w3.org/2005/Atom"><content><QueueDescription/></content></entry>', "application/atom+xml")


def fabric(call):
    if "GetAadMetadata" in call.path:
        raise Answer(200, {"type": "aad", "metadata": {"authority": "https://login.microsoftonline.com/t", "cluster": "c", "client": "id"}})
    if not call.client and call.bearer() != TOKEN:
        raise Answer(403, {"message": "client is not allowed"})
    raise Answer(200, {"AggregatedHealthState": "Ok"})


def chef(call, options):
    lines = [call.headers[f"X-Ops-Authorization-{n}"] for n in range(1, 20) if call.headers.get(f"X-Ops-Authorization-{n}")]
    if not lines:
        raise Answer(401, {"error": ["missing required authentication header(s)"]})
    sign = call.headers["X-Ops-Sign"]
    if options.get("chef_old") and "1.3" in sign:
        raise Answer(401, {"error": ["unsupported version"]})
    content, stamp, user = (call.headers[f"X-Ops-{name}"] for name in ("Content-Hash", "Timestamp", "UserId"))
    if "1.3" in sign:
        text = f"Method:{call.method}\nPath:{call.path}\nX-Ops-Content-Hash:{content}\nX-Ops-Sign:{sign}\nX-Ops-Timestamp:{stamp}\nX-Ops-UserId:{user}\nX-Ops-Server-API-Version:1"
        command = ["openssl", "dgst", "-sha256", "-verify", options["chef"], "-signature"]
    else:
        path = base64.b64encode(hashlib.sha1(call.path.encode()).digest()).decode()
        text = f"Method:{call.method}\nHashed Path:{path}\nX-Ops-Content-Hash:{content}\nX-Ops-Timestamp:{stamp}\nX-Ops-UserId:{user}"
        command = None
    with tempfile.NamedTemporaryFile() as signature:
        signature.write(base64.b64decode("".join(lines)))
        signature.flush()
        if command:
            good = subprocess.run([*command, signature.name], input=text.encode(), capture_output=True).returncode == 0
        else:
            opened = subprocess.run(["openssl", "pkeyutl", "-verifyrecover", "-pubin", "-inkey", options["chef"], "-in", signature.name], capture_output=True)
            good = opened.stdout == text.encode()
    if not good or user != USER:
        raise Answer(401, {"error": [f"Invalid signature for user or client '{user}'"]})
    raise Answer(200, {"_default": "x"})


def docker(call):
    if not call.client:
        raise Answer(403, {"message": "no certificate"})
    if call.path == "/version":
        raise Answer(200, {"ApiVersion": "1.43", "Version": "24"})
    raise Answer(200, "OK", "text/plain", {"Api-Version": "1.43"})


HOSTS = {"login.microsoftonline.com": entra, "management.azure.com": arm, "management.core.windows.net": classic,
         "169.254.169.254": metadata, "api.github.com": github, "github.test": github, "api.bitbucket.org": bitbucket,
         "jenkins.test": jenkins, "k8s.test": kubernetes, "teamcity.test": teamcity, "vcenter.test": vcenter, "tfs.test": tfs,
         "api.appcenter.ms": app_center, "feeds.test": feeds, "docker.test": docker, "fabric.test": fabric}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    options = {}

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(self, body)
        try:
            if call.host.endswith("snowflakecomputing.com"):
                snowflake(call)
            if call.host.endswith("amazonaws.com"):
                s3(call)
            if call.host.endswith("servicebus.windows.net"):
                service_bus(call)
            if "registry" in call.host or call.host.endswith(("azurecr.io", "docker.io")):
                registry(call)
            if call.host == "chef.test":
                chef(call, self.options)
            HOSTS[call.host](call)
        except Answer as answer:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

    do_GET = do_POST = do_HEAD = do_OPTIONS = do_DELETE = serve

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, address):
        request.settimeout(20)
        super().finish_request(request, address)


if __name__ == "__main__":
    chosen = dict(word.split("=", 1) for word in sys.argv[2:])
    Handler.options = chosen
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    if "cert" in chosen:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chosen["cert"], chosen["key"])
        if "ca" in chosen:
            context.load_verify_locations(chosen["ca"])
            context.verify_mode = ssl.CERT_OPTIONAL
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()
