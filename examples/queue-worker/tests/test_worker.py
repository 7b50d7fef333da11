import json
import unittest
from unittest.mock import Mock

from worker import worker


def event(*bodies):
    return {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


class Worker(unittest.TestCase):
    def test_an_order_goes_into_the_table(self):
        table, order = Mock(spec=["put_item"]), {"id": "1", "article": "seed", "amount": 2}

        answer = worker.handler(event(json.dumps(order)), None, table)

        self.assertEqual({"batchItemFailures": []}, answer)
        table.put_item.assert_called_once_with(Item=order)

    def test_what_is_no_order_goes_back_to_the_queue(self):
        answer = worker.handler(event("{}", "no JSON", '{"id": "1"}'), None, Mock(spec=["put_item"]))

        self.assertEqual(["0", "1", "2"], [one["itemIdentifier"] for one in answer["batchItemFailures"]])
