"""Change sets as CloudFormation has them, where MiniStack's differ.

MiniStack plans and executes in the middle of an operation and on stacks that take no update any more, forgets the stack
in review for another, does not know a request that it has seen, lists nothing for the ID of a stack, counts resources
whose condition does not hold, and takes a change of the outputs alone for none. What a change set finds in nested
stacks is in `nested_change_sets.py`.
"""

from collections.abc import Callable
from http import HTTPStatus
from xml.sax.saxutils import escape

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import nested_change_sets, records
from serverless_pipeline.local.cloudformation.records import Parameters, Record, Response

Operation = Callable[[Parameters], Response]

_IN_REVIEW = "REVIEW_IN_PROGRESS"
_UNCHANGED = "didn't contain changes"
_BEYOND_UPDATES = {"DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"}
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html, stack status codes"""


def install() -> None:
    """Take the place of MiniStack's operations on change sets, and compare what conditions let be there."""
    seams.RESOLVE_PROPS_FOR_DIFF.wrap(obeying_conditions)
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["CreateChangeSet"] = creating(actions["CreateChangeSet"])
    actions["DescribeChangeSet"] = describing(actions["DescribeChangeSet"])
    actions["ListChangeSets"] = listing(actions["ListChangeSets"])
    actions["ExecuteChangeSet"] = executing(ending(actions["ExecuteChangeSet"]))
    actions["DeleteChangeSet"] = ending(actions["DeleteChangeSet"])


def creating(create: Operation) -> Operation:
    """CreateChangeSet: once for a token, never amid an operation, into nested stacks if that is asked for."""
    answers: dict[str, Response] = {}

    def create_once(parameters: Parameters) -> Response:
        token = records.word(parameters, "ClientToken")
        if token and token in answers:
            return answers[token]
        stack = records.stack(records.word(parameters, "StackName"))
        if _is_busy(stack) or _takes_no(stack, records.word(parameters, "ChangeSetType") or "UPDATE"):
            return _refuse_as_it_is(stack)
        answer = create(parameters)
        if answer[0] == HTTPStatus.OK:
            answer = answers[token] = _of_stack_in_review(answer, parameters, stack)
            _complete(records.change_set(parameters), parameters)
        return answer

    return create_once


def describing(describe: Operation) -> Operation:
    """DescribeChangeSet: a nested stack that changes names its own change set."""

    def describe_nested(parameters: Parameters) -> Response:
        status, headers, body = describe(parameters)
        text = body.decode()
        for change in records.change_set(parameters).get("Changes", []):
            resource = change["ResourceChange"]
            if identity := resource.get("ChangeSetId"):
                name = f"<LogicalResourceId>{escape(resource['LogicalResourceId'])}</LogicalResourceId>"
                text = text.replace(name, f"{name}<ChangeSetId>{escape(identity)}</ChangeSetId>")
        return status, headers, text.encode()

    return describe_nested


def listing(list_all: Operation) -> Operation:
    """ListChangeSets: the stack may be named by its ID."""

    def list_by_name(parameters: Parameters) -> Response:
        stack = records.stack(records.word(parameters, "StackName"))
        return list_all({**parameters, "StackName": [stack["StackName"]]} if stack else parameters)

    return list_by_name


def executing(execute: Operation) -> Operation:
    """ExecuteChangeSet: never amid an operation."""

    def execute_alone(parameters: Parameters) -> Response:
        stack = records.stack(records.change_set(parameters).get("StackName", ""))
        return _refuse_as_it_is(stack) if _is_busy(stack) else execute(parameters)

    return execute_alone


def ending(act: Operation) -> Operation:
    """What ends a change set ends those of the nested stacks with it."""

    def end_with_nested(parameters: Parameters) -> Response:
        identities = [record["ChangeSetId"] for record in records.below(records.change_set(parameters))]
        answer = act(parameters)
        for identity in identities:
            seams.CHANGE_SETS.value.pop(identity, None)
        return answer

    return end_with_nested


def obeying_conditions(resolve: Callable[..., Record]) -> Callable[..., Record]:
    """A template to be compared, without the resources whose condition does not hold."""

    def resolve_present(template: Record, values: Record, *place: str) -> Record:
        conditions = seams.EVALUATE_CONDITIONS(template, values) if template else {}
        resources = resolve(template, values, *place).get("Resources", {})
        return {
            "Resources": {name: one for name, one in resources.items() if conditions.get(one.get("Condition"), True)}
        }

    return resolve_present


def _is_busy(stack: Record) -> bool:
    status: str = stack.get("StackStatus", "")
    return status.endswith("_IN_PROGRESS") and status != _IN_REVIEW


def _takes_no(stack: Record, kind: str) -> bool:
    """A stack whose creation was rolled back can only be deleted; another has to be mended first."""
    return stack.get("StackStatus") in _BEYOND_UPDATES and kind == "UPDATE"


def _refuse_as_it_is(stack: Record) -> Response:
    return records.refusal(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")


def _of_stack_in_review(answer: Response, parameters: Parameters, stack: Record) -> Response:
    """A second change set of type CREATE is for the stack in review, which keeps its ID."""
    if stack.get("StackStatus") != _IN_REVIEW:
        return answer
    record = records.change_set(parameters)
    other, record["StackId"] = record["StackId"], stack["StackId"]
    seams.STACKS.value[stack["StackName"]] = stack
    status, headers, body = answer
    return status, headers, body.replace(escape(other).encode(), escape(stack["StackId"]).encode())


def _complete(record: Record, parameters: Parameters) -> None:
    """A change of the outputs alone can be executed, though it changes no resource; nested stacks are looked into."""
    template = records.stack(record["StackId"]).get("_template") or {}
    if _UNCHANGED in record["StatusReason"] and template.get("Outputs") != record["_template"].get("Outputs"):
        record.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")
    if records.word(parameters, "IncludeNestedStacks").lower() == "true":
        record["IncludeNestedStacks"] = True
        nested_change_sets.include(record)
