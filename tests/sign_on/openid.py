"""A provider of OpenID Connect as a process of its own, and a browser without a screen."""

import http.cookiejar
import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

SUITE = os.environ.get("RUNBRIDGE_SIGN_ON_SUITE") or os.path.dirname(os.path.abspath(__file__))
SECRET = "a secret: with every+kind of%sign"


class Provider:
    def __init__(self, environment):
        self.process = subprocess.Popen(["node", os.path.join(SUITE, "provider.mjs")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True, cwd=SUITE)
        self.issuer = self._hear()["issuer"]

    def open_to(self, address):
        """The one client is the server at this address."""
        self._say(json.dumps({"redirect": address + "/sign-in/oidc/callback", "secret": SECRET}))
        self._hear()

    def mood(self, name):
        self._say(name)
        assert self._hear()["mood"] == name

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def _say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _hear(self):
        for line in self.process.stdout:
            if line.startswith("{"):  # the package has warnings for its users
                return json.loads(line)
        raise AssertionError("the provider ended")


class _Steps(urllib.request.HTTPRedirectHandler):
    """Redirects are followed one by one by who asks."""

    def redirect_request(self, *_):
        return None


class Browser:
    """Keeps cookies, follows redirects, and fills in the provider's one form."""

    def __init__(self, server):
        self.server = server
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Steps(),
                                                  urllib.request.ProxyHandler({}))
        self.seen = []

    def step(self, url, form=None, headers=None):
        """One request: (status, headers, body)."""
        self.seen.append(url)
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(url, data=data, headers=headers or {})
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read().decode()

    def follow(self, url, until, login, action=None):
        """Goes on until an address has `until` in it, which is not opened; gives that address."""
        for _ in range(20):
            if until in url:
                return url
            status, headers, body = self.step(url)
            if status == 200 and "<form" in body:
                target = re.search(r'action="([^"]+)"', body)[1] + (action or "")
                status, headers, body = self.step(urllib.parse.urljoin(url, target), form={"login": login})
            if status not in (302, 303):
                raise AssertionError(f"{url}: {status} {body[:400]}")
            url = urllib.parse.urljoin(url, headers["Location"])
        raise AssertionError(f"never came to {until}: {self.seen[-5:]}")

    def callback_address(self, login="ada", action=None):
        return self.follow(self.server + "/sign-in/oidc?next=/app/acme", "/sign-in/oidc/callback", login, action)

    def end(self, callback):
        """Where the callback leads to."""
        status, headers, body = self.step(callback)
        if status != 303:
            raise AssertionError(f"{status} {body[:400]}")
        return headers["Location"]

    def sign_on(self, login="ada"):
        return self.end(self.callback_address(login))

    def who(self):
        status, _, body = self.step(self.server + "/api/v2/account/details")
        return json.loads(body)["data"]["attributes"]["username"] if status == 200 else None
