"""Event sources of a SAM template really fire, each with the rights that it has on AWS."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.functions import runtime
from tests.support.services import Service, allow
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: {runtime.identity()[0]}
    Handler: index.handler
    Timeout: 20
    Environment: {{Variables: {{TABLE: !Ref Table}}}}
Resources:
  Table: {{Type: AWS::Serverless::SimpleTable}}
  Dead: {{Type: AWS::SQS::Queue}}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 1
      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}
  Bucket: {{Type: AWS::S3::Bucket}}
  Topic: {{Type: AWS::SNS::Topic}}
  Streamed:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{DynamoDBWritePolicy: {{TableName: !Ref Table}}}}]
      InlineCode: |
        import boto3, os

        def handler(event, context):
            put = boto3.client("dynamodb").put_item
            for record in event["Records"]:
                if record["body"] == "bad":
                    raise ValueError("bad")
                put(TableName=os.environ["TABLE"], Item={{"id": {{"S": record["body"]}}}})
      Events:
        Jobs: {{Type: SQS, Properties: {{Queue: !GetAtt Queue.Arn, BatchSize: 5}}}}
  Listener:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{DynamoDBWritePolicy: {{TableName: !Ref Table}}}}]
      InlineCode: |
        import boto3, os

        def word(event):
            if "detail" in event:
                return event["detail"]["word"]
            (record,) = event["Records"]
            if "Sns" in record:
                return record["Sns"]["Message"]
            if "s3" in record:
                return record["s3"]["object"]["key"]
            return record["dynamodb"]["NewImage"]["id"]["S"]

        def handler(event, context):
            boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item={{"id": {{"S": word(event)}}}})
      Events:
        Objects: {{Type: S3, Properties: {{Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}}}
        Messages: {{Type: SNS, Properties: {{Topic: !Ref Topic}}}}
        Orders: {{Type: EventBridgeRule, Properties: {{Pattern: {{source: [shop], detail-type: [order]}}}}}}
        Changes: {{Type: DynamoDB, Properties: {{Stream: !GetAtt Streamed.StreamArn, StartingPosition: TRIM_HORIZON}}}}
        Daily: {{Type: Schedule, Properties: {{Schedule: rate(1 day)}}}}
        Weekly: {{Type: ScheduleV2, Properties: {{ScheduleExpression: rate(7 days)}}}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {{StartAt: Do, States: {{Do: {{Type: Task, Resource: !GetAtt Listener.Arn, End: true}}}}}}
      Policies: [{{LambdaInvokePolicy: {{FunctionName: !Ref Listener}}}}]
Outputs:
  Table: {{Value: !Ref Table}}
  Dead: {{Value: !Ref Dead}}
  Queue: {{Value: !Ref Queue}}
  QueueArn: {{Value: !GetAtt Queue.Arn}}
  Bucket: {{Value: !Ref Bucket}}
  Topic: {{Value: !Ref Topic}}
  Streamed: {{Value: !Ref Streamed}}
  Listener: {{Value: !GetAtt Listener.Arn}}
  ListenerRole: {{Value: !Ref ListenerRole}}
  Machine: {{Value: !Ref Machine}}
  MachineRole: {{Value: !Ref MachineRole}}
"""


class Shop:
    """The stack, and clients of the services whose events it listens to."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.outputs = Service(clients).deliver(TEMPLATE)
        self.queues, self.topics, self.events, self.tables, self.machines = (
            self.client(name) for name in ("sqs", "sns", "events", "dynamodb", "stepfunctions")
        )

    def client(self, name: str) -> Any:
        return self.clients.client(name)

    def done(self, word: str) -> bool:
        """Whether a function was told a word."""
        key = {"id": {"S": word}}
        return "Item" in self.tables.get_item(TableName=self.outputs["Table"], Key=key)

    def execution(self, **event: Any) -> Any:
        """An execution of the state machine, once it has ended."""
        arn = self.machines.start_execution(stateMachineArn=self.outputs["Machine"], input=json.dumps(event))
        description = {"executionArn": arn["executionArn"]}

        def ended() -> Any:
            execution = self.machines.describe_execution(**description)
            return None if execution["status"] == "RUNNING" else execution

        return until(ended, "the execution")


@pytest.fixture(scope="module")
def shop(clients: Clients) -> Shop:
    return Shop(clients)


@pytest.fixture
def word() -> str:
    return f"word-{uuid.uuid4().hex[:8]}"


def by_bucket(shop: Shop, word: str) -> None:
    shop.clients.s3.put_object(Bucket=shop.outputs["Bucket"], Key=word, Body=b"")


def by_topic(shop: Shop, word: str) -> None:
    shop.topics.publish(TopicArn=shop.outputs["Topic"], Message=word)


def by_rule(shop: Shop, word: str) -> None:
    detail = json.dumps({"word": word})
    shop.events.put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": detail}])


def by_stream(shop: Shop, word: str) -> None:
    shop.tables.put_item(TableName=shop.outputs["Streamed"], Item={"id": {"S": word}})


def by_queue(shop: Shop, word: str) -> None:
    shop.queues.send_message(QueueUrl=shop.outputs["Queue"], MessageBody=word)


@pytest.mark.parametrize("send", [by_bucket, by_topic, by_rule, by_stream, by_queue])
def test_an_event_reaches_its_function(shop: Shop, word: str, send: Callable[[Shop, str], None]) -> None:
    send(shop, word)

    assert until(lambda: shop.done(word), "the event")


def test_an_event_that_does_not_match_reaches_nobody(shop: Shop, word: str) -> None:
    detail = json.dumps({"word": word})
    shop.events.put_events(Entries=[{"Source": "shop", "DetailType": "other", "Detail": detail}])
    by_rule(shop, f"{word}-later")

    assert until(lambda: shop.done(f"{word}-later"), "the event after it")
    assert not shop.done(word)


def test_a_message_that_fails_goes_to_the_dead_letters_and_the_others_do_not(shop: Shop, word: str) -> None:
    entries = [{"Id": str(number), "MessageBody": f"{word}-{number}"} for number in range(3)]
    shop.queues.send_message_batch(QueueUrl=shop.outputs["Queue"], Entries=entries)
    assert until(lambda: all(shop.done(entry["MessageBody"]) for entry in entries), "the batch")
    shop.queues.send_message(QueueUrl=shop.outputs["Queue"], MessageBody="bad")

    def dead() -> Any:
        return shop.queues.receive_message(QueueUrl=shop.outputs["Dead"], WaitTimeSeconds=1).get("Messages")

    (message,) = until(dead, "the dead letter")
    assert message["Body"] == "bad"
    assert not dead()


def test_a_task_of_a_state_machine_runs_its_function(shop: Shop, word: str) -> None:
    execution = shop.execution(detail={"word": word})

    assert execution["status"] == "SUCCEEDED"
    assert shop.done(word)


def test_a_state_machine_whose_role_may_not_invoke_fails_its_task(shop: Shop, word: str) -> None:
    role = shop.outputs["MachineRole"]
    iam = shop.clients.iam
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=name)

    execution = shop.execution(detail={"word": word})

    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    assert (execution["status"], execution["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert "is not authorized to perform: lambda:InvokeFunction" in execution["cause"]


def test_a_mapping_of_a_queue_that_the_role_may_not_read_is_refused(clients: Clients, shop: Shop) -> None:
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        clients.functions.create_event_source_mapping(
            FunctionName=shop.outputs["Listener"], EventSourceArn=shop.outputs["QueueArn"]
        )


def test_notifications_to_a_function_that_does_not_let_s3_in_are_refused(
    clients: Clients, bucket: str, make: Callable[..., str]
) -> None:
    arn = clients.functions.get_function(FunctionName=make("def handler(e, c): pass"))["Configuration"]["FunctionArn"]
    notification: Any = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]}

    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        clients.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=notification)


def test_a_rule_reaches_nothing_that_does_not_let_it_in(shop: Shop, make: Callable[..., str], word: str) -> None:
    function = make("def handler(event, context): pass")
    shut = shop.clients.functions.get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    queue = shop.queues.create_queue(QueueName=word)["QueueUrl"]
    name = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    arn = shop.queues.get_queue_attributes(**name)["Attributes"]["QueueArn"]
    shop.events.put_rule(Name=word, EventPattern=json.dumps({"source": ["shop"]}))
    shop.events.put_targets(Rule=word, Targets=[{"Id": "f", "Arn": shut}, {"Id": "q", "Arn": arn}])

    by_rule(shop, word)

    assert until(lambda: shop.done(word), "the rule that is let in")
    assert "Messages" not in shop.queues.receive_message(QueueUrl=queue)
    with pytest.raises(shop.clients.logs.exceptions.ResourceNotFoundException):
        shop.clients.logs.describe_log_streams(logGroupName=f"/aws/lambda/{function}")


def test_a_topic_fills_a_queue_that_lets_it_in(shop: Shop, word: str) -> None:
    queue = shop.queues.create_queue(QueueName=word)["QueueUrl"]
    name = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    arn = shop.queues.get_queue_attributes(**name)["Attributes"]["QueueArn"]
    statement = allow("sqs:SendMessage", arn, Principal={"Service": "sns.amazonaws.com"})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    shop.queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    shop.topics.subscribe(TopicArn=shop.outputs["Topic"], Protocol="sqs", Endpoint=arn)

    by_topic(shop, word)

    def received() -> Any:
        return shop.queues.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")

    (message,) = until(received, "the message")
    assert json.loads(message["Body"])["Message"] == word
