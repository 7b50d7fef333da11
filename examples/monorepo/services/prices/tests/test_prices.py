import json
import unittest

import prices


class Prices(unittest.TestCase):
    def test_each_article_has_a_price(self):
        self.assertEqual({"seed": "1.20", "shovel": "12.50"}, json.loads(prices.handler({}, None)["body"]))
