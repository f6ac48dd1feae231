"""From the one-time link to an applied run, on the page, for each kind of hosting product."""

import unittest

import world


class Onboarding(world.BrowserTest):
    def test_azure_devops_server(self):
        self.tell("ado_server")

    def test_github(self):
        self.tell("github")

    def test_bitbucket_data_center(self):
        self.tell("bitbucket_data_center")

    def test_bitbucket_cloud(self):
        self.tell("bitbucket_hosted")

    def tell(self, product):
        self.start_empty_world(product)
        self.drive("onboarding.mjs", {"authorize": self.authorize, "push": self.push_and_deliver},
                   setupLink=self.setup_link(), firstText="first", **self.product_world(product))


if __name__ == "__main__":
    unittest.main()
