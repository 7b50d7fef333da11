"""The canary: it sends an order, looks for it in the table, and takes it away again."""

import json
import os
import time
import uuid

import boto3

PATIENCE = 20


def handler(event, context):
    """Answer 200 with the seconds that an order took, or 504."""
    queue, table = boto3.client("sqs"), boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    order, began = {"id": f"canary-{uuid.uuid4()}", "article": "seed", "amount": 1}, time.monotonic()
    queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
    while (took := time.monotonic() - began) < PATIENCE:
        if "Item" in table.get_item(Key={"id": order["id"]}, ConsistentRead=True):
            table.delete_item(Key={"id": order["id"]})
            return {"statusCode": 200, "body": json.dumps({"seconds": round(took, 2)})}
        time.sleep(0.2)
    return {"statusCode": 504, "body": json.dumps({"error": f"order {order['id']} did not arrive"})}
