"""Push to applied run, on SQLite."""

import unittest

import push_scenario
import scene


class PushOnSqlite(push_scenario.PushScenario, scene.SceneTest):
    pass


if __name__ == "__main__":
    unittest.main()
