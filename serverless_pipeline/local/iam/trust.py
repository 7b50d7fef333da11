"""A role that is handed to a service has to be there, and to let the service in, when it is handed over.

MiniStack looks whether a role is there in some of its operations and never in CloudFormation, and at no trust policy.
On AWS the service tries to assume the role at once, and refuses it in its own words: at CreateFunction and
UpdateFunctionConfiguration (https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html), and for
each resource of CloudFormation that hands one over, as the table in `cloudformation.calls` has it. What another service
says is not known here, so its roles are not looked at; CodePipeline looks at its own (`roles.py`).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from serverless_pipeline.cloudformation.calls import entry, values_at
from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role

Properties = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]

LAMBDA = "lambda.amazonaws.com"
REFUSALS = {
    LAMBDA: "The role defined for the function cannot be assumed by Lambda. (Service: Lambda, Status Code: 400)",
    "states.amazonaws.com": (
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
        "provided role. (Service: Sfn, Status Code: 400)"
    ),
    "apigateway.amazonaws.com": (
        "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and "
        "add the required role policy. (Service: ApiGateway, Status Code: 400)"
    ),
    "events.amazonaws.com": (
        "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'. "
        "(Service: EventBridge, Status Code: 400)"
    ),
    "scheduler.amazonaws.com": (
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role. "
        "(Service: Scheduler, Status Code: 400)"
    ),
    "firehose.amazonaws.com": (
        "Firehose is unable to assume role {role}. Please check the role provided. "
        "(Service: Firehose, Status Code: 400)"
    ),
    "codedeploy.amazonaws.com": (
        "AWS CodeDeploy does not have the permissions required to assume the role {role}. "
        "(Service: CodeDeploy, Status Code: 400)"
    ),
}
"""What each service says of a role that it cannot assume, as CloudFormation hands it on."""
LATER = ("AWS::ApiGateway::Method", "AWS::ApiGateway::Authorizer")
"""API Gateway assumes these when a request comes."""


_exceptions: list[Callable[[str], bool]] = []
"""When a role lets nobody in, whatever its policy says."""


class Unassumable(Exception):
    """A role is not there or does not let a service in, in the service's words."""


def install() -> None:
    """Look before Lambda makes or changes a function, and before CloudFormation hands over a role."""
    seams.CREATE_FUNCTION.wrap(creating)
    seams.UPDATE_FUNCTION_CONFIGURATION.wrap(configuring)
    seams.PROVISION_RESOURCE.wrap(provisioning)
    seams.UPDATE_RESOURCE.wrap(updating)


def creating(create: Callable[[Properties], Response]) -> Callable[[Properties], Response]:
    """CreateFunction, with a role that Lambda can assume."""
    return lambda request: _refusal(request) or create(request)


def configuring(update: Callable[[str, Properties], Response]) -> Callable[[str, Properties], Response]:
    """UpdateFunctionConfiguration, likewise, where it names a role."""
    return lambda name, request: _refusal(request) or update(name, request)


def provisioning(provision: Callable[..., Any]) -> Callable[..., Any]:
    """A resource whose roles can be assumed."""

    def create(kind: str, logical_id: str, properties: Properties, *place: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        demand(kind, properties)
        return provision(kind, logical_id, properties, *place)

    return create


def updating(update: Callable[..., Any]) -> Callable[..., Any]:
    """A change to roles that can be assumed; those that stay are not looked at again."""

    def change(kind: str, physical_id: str, old: Properties, new: Properties, *place: Any) -> Any:  # noqa: ANN401
        demand(kind, {name: value for name, value in new.items() if old.get(name) != value})
        return update(kind, physical_id, old, new, *place)

    return change


def unless(is_excepted: Callable[[str], bool]) -> None:
    """Let a role let nobody in while this says so of its ARN."""
    _exceptions.append(is_excepted)


def demand(kind: str, properties: Properties) -> None:
    """Look at each role that a resource hands over.

    Raises:
        Unassumable: one is not there, or does not let its service in.
    """
    calls = None if kind in LATER else entry(kind)
    for place, service in calls.passes.items() if calls else ():
        for arn in map(str, values_at(properties, place)):
            if service in REFUSALS and not lets_in(arn, service):
                raise Unassumable(REFUSALS[service].format(role=arn))


def lets_in(role_arn: str, service: str, source_arn: str = "") -> bool:
    """Whether a role is there and its trust policy lets a service assume it.

    The keys against the confused deputy are known where `source_arn` is, for whom the service acts
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html); before that ARN exists, they are not asked.
    """
    if not role_arn.startswith("arn:") or any(is_excepted(role_arn) for is_excepted in _exceptions):
        return False
    account = role.account(source_arn or role_arn)
    question = seams.EVAL_CONTEXT(
        principal_arn=service,
        principal_type="AssumedRole",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=source_arn.split(":")[3] if source_arn else "",
        service_context={"aws:sourceaccount": account, **({"aws:sourcearn": source_arn} if source_arn else {})},
    )
    # A trust policy names no resource: it is about the role that it lies on.
    statements = [{**statement, "Resource": "*"} for statement in _statements(role_arn, is_known=bool(source_arn))]
    decision: str = seams.EVALUATE_RESOURCE_POLICY({"Statement": statements}, question, service).decision
    return decision == "Allow"


def policy(role_arn: str) -> dict[str, Any]:
    """Who may assume a role; nobody if it does not exist."""
    document = role.record(role_arn).get("AssumeRolePolicyDocument", {})
    trusted: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
    return trusted


def _statements(role_arn: str, *, is_known: bool) -> Iterable[dict[str, Any]]:
    statements = policy(role_arn).get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    return statements if is_known else map(_without_source, statements)


def _without_source(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement that does not ask for whom."""
    conditions = {
        operator: {key: value for key, value in keys.items() if key.lower() != "aws:sourcearn"}
        for operator, keys in (statement.get("Condition") or {}).items()
    }
    return {**statement, "Condition": {operator: keys for operator, keys in conditions.items() if keys}}


def _refusal(request: Properties) -> Response | None:
    arn = str(request.get("Role") or "")
    if not arn or lets_in(arn, LAMBDA):
        return None
    words = REFUSALS[LAMBDA].partition(" (")[0]
    answer: Response = seams.ERROR_RESPONSE_JSON("InvalidParameterValueException", words, HTTPStatus.BAD_REQUEST.value)
    return answer
