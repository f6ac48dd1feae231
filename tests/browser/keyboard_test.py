"""From sign-in to an applied run by keyboard alone."""

import unittest

import world


class Keyboard(world.BrowserTest):
    def test_U11_no_mouse_is_needed(self):
        self.start_empty_world("github")
        self.become_administrator()
        self.drive("keyboard.mjs", {"authorize": self.authorize, "push": self.push_and_deliver}, admin=self.admin, **self.product_world("github"))


if __name__ == "__main__":
    unittest.main()
