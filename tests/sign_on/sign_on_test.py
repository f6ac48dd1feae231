"""People sign on through a real provider of OpenID Connect; what a dishonest one sends signs nobody in (T14)."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

import openid  # noqa: E402
import scene  # noqa: E402
import server  # noqa: E402


class SignOn(scene.SceneTest):
    def setUp(self):
        super().setUp()
        self.provider = openid.Provider(server.clean_environment(HOME=self.directory))
        self.addCleanup(self.provider.stop)
        secret = os.path.join(self.directory, "client-secret")
        with open(secret, "w", encoding="utf-8") as file:
            file.write(openid.SECRET + "\n")
        self.start_server(flags=("--oidc-issuer", self.provider.issuer, "--oidc-client-id", "runbridge", "--oidc-client-secret-file",
                                 secret, "--oidc-name", "Example ID", "--oidc-users", "create", "--oidc-email-domains", "example.com"))
        self.provider.open_to(self.server.address)

    def browser(self):
        return openid.Browser(self.server.address)

    def test_a_person_signs_on_and_out(self):
        person = self.browser()
        methods = json.loads(person.step(self.server.address + "/api/v2/sign-in-methods")[2])["data"]
        self.assertEqual([(one["attributes"]["kind"], one["attributes"]["name"]) for one in methods],
                         [("password", "Password"), ("oidc", "Example ID")])
        self.assertEqual(person.sign_on(), "/app/acme")
        self.assertEqual(person.who(), "ada")
        again = self.browser()
        self.assertEqual(again.sign_on(), "/app/acme")
        self.assertEqual(again.who(), "ada")
        self.assertEqual(self.api.get("/admin/users?q=ada")["meta"]["pagination"]["total-count"], 1)
        session = json.loads(again.step(self.server.address + "/api/v2/sessions/current")[2])["data"]["attributes"]
        request = openid.urllib.request.Request(self.server.address + "/api/v2/sessions/current", method="DELETE",
                                                headers={"X-CSRF-Token": session["csrf-token"]})
        with again.opener.open(request, timeout=30) as answer:
            self.assertEqual(answer.status, 204)
        self.assertIsNone(again.who())
        self.assertEqual(person.who(), "ada")

    def test_T14_a_spoiled_token_signs_nobody_in(self):
        for mood in ("wrong_nonce", "no_nonce", "wrong_audience", "wrong_party", "wrong_issuer", "expired", "unknown_key", "forged",
                     "unsigned", "signed_with_the_secret"):
            with self.subTest(mood):
                self.provider.mood(mood)
                person = self.browser()
                self.assertRegex(person.sign_on(), r"^/sign-in\?problem=sign_on_refused&request=")
                self.assertIsNone(person.who())
        self.provider.mood("honest")
        self.assertEqual(self.browser().sign_on(), "/app/acme")

    def test_T14_state_and_code_are_good_once(self):
        person = self.browser()
        callback = person.callback_address()
        self.assertRegex(self.browser().end(callback), "problem=sign_on_expired", "another browser")
        tickets = [(cookie.name, cookie.value) for cookie in person.cookies if cookie.name.endswith("sign-on")]
        self.assertEqual(person.end(callback), "/app/acme")
        thief = self.browser()
        status, headers, _ = thief.step(callback, headers={"Cookie": f"{tickets[0][0]}={tickets[0][1]}"})
        self.assertEqual(status, 303)
        self.assertRegex(headers["Location"], "problem=sign_on_expired")
        self.assertIsNone(thief.who())
        # The code under a state of its own: the provider knows that it was used.
        mine = self.browser()
        used = callback.split("code=")[1].split("&")[0]
        address = mine.callback_address()
        fresh = address.split("code=")[1].split("&")[0]
        self.assertRegex(mine.end(address.replace(fresh, used)), "problem=sign_on_unavailable")
        self.assertIsNone(mine.who())

    def test_who_says_no_or_has_no_verified_address_stays_outside(self):
        person = self.browser()
        self.assertRegex(person.end(person.callback_address(action="/abort")), "problem=sign_on_denied")
        self.assertRegex(self.browser().sign_on("mallory"), "problem=sign_on_unknown_person")

    def test_the_secret_is_nowhere(self):
        self.assertEqual(self.browser().sign_on(), "/app/acme")
        self.assertNotIn(openid.SECRET, self.server.log(100000))
        with open(f"/proc/{self.server.process.pid}/cmdline", encoding="utf-8") as file:
            self.assertNotIn(openid.SECRET, file.read())


if __name__ == "__main__":
    unittest.main()
