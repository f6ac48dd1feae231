"""Single sign-on with a real provider, as a person sees it."""

import base64
import hashlib
import hmac
import os
import sys
import time
import unittest
import urllib.parse

import world

sys.path.insert(0, os.path.join(os.path.dirname(world.HERE), "sign_on"))

import openid  # noqa: E402
import page_source  # noqa: E402
from server import clean_environment  # noqa: E402

# Actions of the page that need the provider, and are done by keyboard here.
DONE_BY_KEYBOARD = {"POST /api/v2/account/identities", "DELETE /api/v2/account/identities/{}"}


def code_of(uri):
    """What an authenticator shows (RFC 6238)."""
    secret = urllib.parse.parse_qs(urllib.parse.urlparse(uri.strip()).query)["secret"][0]
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, int(time.time() // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start:start + 4], 'big') & 0x7FFFFFFF) % 1000000:06d}"


class SignOn(world.BrowserTest):
    def test_a_person_signs_on(self):
        provider = openid.Provider(clean_environment(HOME=self.directory))
        self.addCleanup(provider.stop)
        secret = os.path.join(self.directory, "client-secret")
        with open(secret, "w", encoding="utf-8") as file:
            file.write(openid.SECRET)
        self.start_server(admin=False, flags=("--oidc-issuer", provider.issuer, "--oidc-client-id", "runbridge",
                                              "--oidc-client-secret-file", secret, "--oidc-name", "Example ID"))
        provider.open_to(self.server.address)
        self.become_administrator()
        calls = []
        self.drive("sign_on.mjs", {"code": code_of, "calls": lambda worked: calls.extend(worked) or True}, admin=self.admin,
                   issuer=provider.issuer)
        self.assertEqual([call for call in DONE_BY_KEYBOARD if not page_source.was_done(call, calls)], [])


if __name__ == "__main__":
    unittest.main()
