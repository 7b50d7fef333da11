import json
import os
import urllib.request


def test_the_api_greets():
    with urllib.request.urlopen(os.environ["TARGET_URL"], timeout=30) as answer:
        assert json.load(answer)["message"] == "hello world"
