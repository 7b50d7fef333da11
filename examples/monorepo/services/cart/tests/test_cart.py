import json
import unittest

from cart import handler


class Cart(unittest.TestCase):
    def test_amounts_are_added_up(self):
        answer = handler({"queryStringParameters": {"cents": "120,1250"}}, None)

        self.assertEqual({"sum": "13.70"}, json.loads(answer["body"]))

    def test_what_is_no_amount_is_refused(self):
        self.assertEqual(400, handler({"queryStringParameters": {"cents": "much"}}, None)["statusCode"])
