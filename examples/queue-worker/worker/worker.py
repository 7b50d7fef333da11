"""The worker: each message is an order in JSON, and goes into the table."""

import json
import os

import boto3


def handler(event, context, table=None):
    """Take a batch of messages; those that cannot be read go back to the queue, and at last to the other one."""
    table = table or boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    failed = []
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            table.put_item(Item={"id": order["id"], "article": order["article"], "amount": int(order["amount"])})
        except (ValueError, KeyError, TypeError) as error:
            print(f"Message {record['messageId']} is no order: {error!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
