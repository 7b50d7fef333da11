"""The function behind the API."""

import json
import time

import humanize

STARTED = time.time()


def lambda_handler(event, context):
    """Greet, and tell for how long this execution environment has been there."""
    age = humanize.naturaldelta(time.time() - STARTED)
    return {"statusCode": 200, "body": json.dumps({"message": "hello world", "age": age})}
