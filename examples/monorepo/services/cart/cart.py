"""The service of the cart: it adds up."""

import json

from money import written


def handler(event, context):
    """Answer with the sum of the cents in the query string, `?cents=120,1250`."""
    listed = (event.get("queryStringParameters") or {}).get("cents", "")
    if not all(one.isdecimal() for one in listed.split(",")):
        return {"statusCode": 400, "body": json.dumps({"error": "cents must be numbers, such as cents=120,1250"})}
    return {"statusCode": 200, "body": json.dumps({"sum": written(sum(map(int, listed.split(","))))})}
