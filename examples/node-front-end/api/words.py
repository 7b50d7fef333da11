"""The API: it counts words."""

import json


def handler(event, context):
    """Answer `GET /count?text=…` with the number of its words."""
    text = (event.get("queryStringParameters") or {}).get("text", "")
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"},
        "body": json.dumps({"words": len(text.split())}),
    }
