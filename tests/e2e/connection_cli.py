"""`runbridge connection …` as a person types it, for tests that have a server."""

import json
import subprocess

import server


class ConnectionCommands:
    """Mixed into a SceneTest; `said` collects every word of the command line."""

    said = None

    def type(self, *words, given=""):
        environment = server.clean_environment(HOME=self.server.home, RUNBRIDGE_ADDRESS=self.server.address,
                                               RUNBRIDGE_TOKEN=self.server.admin_token, RUNBRIDGE_ORGANIZATION="acme")
        done = subprocess.run([server.PROGRAM, "connection", *words], input=given, env=environment, timeout=60,
                              capture_output=True, text=True, check=False)
        if self.said is not None:
            self.said.append(done.stdout + done.stderr)
        return done

    def done(self, *words, given=""):
        outcome = self.type(*words, given=given)
        self.assertEqual(outcome.returncode, 0, f"{words}\n{outcome.stdout}\n{outcome.stderr}")
        return outcome.stdout

    def attributes(self, *words, **more):
        return json.loads(self.done(*words, "--json", **more))["data"]["attributes"]
