import json
import unittest

from api import words


class Words(unittest.TestCase):
    def test_words_are_counted(self):
        answer = words.handler({"queryStringParameters": {"text": "two  words"}}, None)

        self.assertEqual({"words": 2}, json.loads(answer["body"]))

    def test_no_text_has_no_words(self):
        self.assertEqual({"words": 0}, json.loads(words.handler({}, None)["body"]))
