"""Push to applied run, on PostgreSQL."""

import unittest

import push_scenario
import scene


class PushOnPostgres(push_scenario.PushScenario, scene.SceneTest):
    ON_POSTGRES = True


if __name__ == "__main__":
    unittest.main()
