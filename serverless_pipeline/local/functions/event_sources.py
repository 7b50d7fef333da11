"""An event source mapping reads its source with the role of the function, which has to be allowed to.

MiniStack reads whatever the role says. Lambda refuses the mapping:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions and
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import decisions

MAPPING = "AWS::Lambda::EventSourceMapping"
SERVICE = 2
"""Where the service stands in an ARN."""
ACTIONS = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
    "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"),
}
NAMES = {"sqs": "SQS", "dynamodb": "DynamoDB", "kinesis": "Kinesis"}

Properties = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]


class Refused(Exception):
    """The role of a function may not read the source, in Lambda's words."""


def install() -> None:
    """Look before MiniStack makes a mapping, for Lambda or for CloudFormation."""
    seams.CREATE_EVENT_SOURCE_MAPPING.wrap(creating)
    handlers = seams.RESOURCE_HANDLERS.value[MAPPING]
    handlers["create"] = provisioning(handlers["create"])


def creating(create: Callable[[Properties], Response]) -> Callable[[Properties], Response]:
    """CreateEventSourceMapping, of a source that the function may read."""

    def create_readable(request: Properties) -> Response:
        try:
            demand(request)
        except Refused as error:
            answer: Response = seams.ERROR_RESPONSE_JSON(
                "InvalidParameterValueException", str(error), HTTPStatus.BAD_REQUEST.value
            )
            return answer
        return create(request)

    return create_readable


def provisioning(create: Callable[..., Any]) -> Callable[..., Any]:
    """The same in a stack."""

    def create_readable(logical_id: str, properties: Properties, stack: str) -> Any:  # noqa: ANN401 - as MiniStack's
        demand(properties)
        return create(logical_id, properties, stack)

    return create_readable


def demand(mapping: Properties) -> None:
    """Look whether a function's role may read the source of a mapping.

    Raises:
        Refused: it may not.
    """
    source = str(mapping.get("EventSourceArn") or "")
    service = source.split(":")[SERVICE] if source.startswith("arn:") else ""
    _, config, _ = seams.GET_FUNC_RECORD_FOR_REF(str(mapping.get("FunctionName") or ""))
    if not config:
        return
    for action in ACTIONS.get(service, ()):
        if not decisions.may(config["Role"], action, source):
            operation = action.partition(":")[2]
            raise Refused(
                f"The provided execution role does not have permissions to call {operation} on {NAMES[service]} "
                f"({config['Role']} on {source})"
            )
