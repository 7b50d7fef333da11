"""Change sets that look into nested stacks.

MiniStack ignores `IncludeNestedStacks`: a change set says that a nested stack changes, not what changes in it. And it
takes a change of the outputs alone for none. Here each nested stack that changes has a change set of its own, as
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html describes; what can
only be known once something was made (`Fn::GetAtt` of a new resource) counts as changed. And MiniStack plans and does
things in the middle of an operation, forgets the stack in review for another, and does not know a request it has seen.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

Parameters = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]
Record = dict[str, Any]

_NESTED = "AWS::CloudFormation::Stack"
_UNCHANGED = "didn't contain changes"
_UNKNOWN = "known after it is made"


def install() -> None:
    """Look into nested stacks when a change set is created; forget what was found there with it."""
    from ministack.services.cloudformation import handlers

    actions = handlers._ACTION_HANDLERS  # noqa: SLF001 - MiniStack has no other place to add to
    actions["CreateChangeSet"] = _looking(actions["CreateChangeSet"])
    actions["DescribeChangeSet"] = _telling(actions["DescribeChangeSet"])
    actions["ListChangeSets"] = _by_name(actions["ListChangeSets"])
    for name in ("ExecuteChangeSet", "DeleteChangeSet"):
        actions[name] = _forgetting(actions[name], executes=name == "ExecuteChangeSet")


def _looking(create: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    answers: dict[str, Response] = {}

    def look(parameters: Parameters) -> Response:
        token = _word(parameters, "ClientToken")
        if token and token in answers:
            return answers[token]
        reviewed = _reviewed(_word(parameters, "StackName"))
        if busy := _busy(_word(parameters, "StackName")):
            return busy
        answer = create(parameters)
        if answer[0] == 200:  # noqa: PLR2004 - HTTP's word for fine
            answer = answers[token] = _in_place(answer, parameters, reviewed)
            record = sought(parameters)
            _mind_outputs(record)
            if _word(parameters, "IncludeNestedStacks").lower() == "true":
                record["IncludeNestedStacks"] = True
                _include(record)
        return answer

    return look


def _reviewed(name: str) -> Record | None:
    """The empty stack that an earlier change set of type CREATE made."""
    from ministack.services.cloudformation import _stacks

    stack: Record | None = _stacks.get(name)
    return stack if stack and stack["StackStatus"] == "REVIEW_IN_PROGRESS" else None


def _busy(name: str) -> Response | None:
    """CloudFormation's refusal to plan or do something in the middle of an operation."""
    from ministack.services.cloudformation import _stacks
    from ministack.services.cloudformation.helpers import _error

    stack = _stacks.get(name) or next((one for one in _stacks.values() if one["StackId"] == name), None)
    status = stack["StackStatus"] if stack else ""
    if not stack or not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
        return None
    refused: Response = _error(
        "ValidationError", f"Stack:{stack['StackId']} is in {status} state and can not be updated."
    )
    return refused


def _in_place(answer: Response, parameters: Parameters, reviewed: Record | None) -> Response:
    """A second change set of type CREATE is for the stack in review, which keeps its ID."""
    from ministack.services.cloudformation import _stacks

    if reviewed is None:
        return answer
    record = sought(parameters)
    other, record["StackId"] = record["StackId"], reviewed["StackId"]
    _stacks[reviewed["StackName"]] = reviewed
    status, headers, body = answer
    return status, headers, body.replace(escape(other).encode(), escape(reviewed["StackId"]).encode())


def _telling(describe: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    def tell(parameters: Parameters) -> Response:
        status, headers, body = describe(parameters)
        record = sought(parameters)
        text = body.decode()
        for change in record.get("Changes", []):
            resource = change["ResourceChange"]
            if nested := resource.get("ChangeSetId"):
                name = f"<LogicalResourceId>{escape(resource['LogicalResourceId'])}</LogicalResourceId>"
                text = text.replace(name, f"{name}<ChangeSetId>{escape(nested)}</ChangeSetId>")
        return status, headers, text.encode()

    return tell


def _by_name(list_all: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    """The change sets of a stack that is named by its ID, too; MiniStack lists none."""

    def list_by_name(parameters: Parameters) -> Response:
        stack = _by_id(_word(parameters, "StackName"))
        return list_all({**parameters, "StackName": [stack["StackName"]]} if stack else parameters)

    return list_by_name


def _forgetting(act: Callable[[Parameters], Response], *, executes: bool) -> Callable[[Parameters], Response]:
    def forget(parameters: Parameters) -> Response:
        if executes and (busy := _busy(sought(parameters).get("StackName", ""))):
            return busy
        ended = [record["ChangeSetId"] for record in below(sought(parameters))]
        answer = act(parameters)
        for identity in ended:
            all_of_them().pop(identity, None)
        return answer

    return forget


def _mind_outputs(record: Record) -> None:
    """A change of the outputs alone can be executed, though it changes no resource."""
    was, becomes = _stack_of(record).get("_template") or {}, record["_template"]
    if _UNCHANGED in record["StatusReason"] and was.get("Outputs") != becomes.get("Outputs"):
        record.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")


def _include(record: Record) -> None:
    try:
        _expand(record, _stack_of(record))
    except ValueError as error:
        record.update(Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=str(error))


def _expand(record: Record, stack: Record) -> None:
    """Give each nested stack that is added or modified a change set of its own; a nested stack is never replaced."""
    for change in record["Changes"]:
        resource = change["ResourceChange"]
        if resource["ResourceType"] == _NESTED and resource["Action"] in {"Add", "Modify"}:
            nested = _nested(record, stack, resource)
            resource["ChangeSetId"] = nested["ChangeSetId"]
            resource["Replacement"] = "False"


def _nested(parent: Record, parent_stack: Record, resource: Record) -> Record:
    from ministack.services.cloudformation.engine import _apply_transforms, _parse_template, _resolve_parameters

    properties = parent["_template"]["Resources"][resource["LogicalResourceId"]].get("Properties", {})
    given = _given(parent, parent_stack, properties)
    template = _apply_transforms(_parse_template(_fetched(given.pop("TemplateURL"))), [])
    was = _by_id(resource.get("PhysicalResourceId", ""))
    values = _resolve_parameters(template, [{"Key": name, "Value": value} for name, value in given.items()])
    record = _record(parent, resource, was, template, values)
    record["Changes"] = _differences(was, template, values)
    all_of_them()[record["ChangeSetId"]] = record
    _expand(record, was)
    return record


def _given(parent: Record, parent_stack: Record, properties: Mapping[str, Any]) -> dict[str, str]:
    """The address of the nested template, and its parameters, as far as they are known."""
    asked = {"TemplateURL": properties["TemplateURL"], **(properties.get("Parameters") or {})}
    return {name: _resolved(parent, parent_stack, value) for name, value in asked.items()}


def _resolved(parent: Record, parent_stack: Record, value: Any) -> str:  # noqa: ANN401 - as a template has it
    from ministack.services.cloudformation.engine import _evaluate_conditions, _resolve_refs

    template, values = parent["_template"], parent["_resolved_params"]
    conditions = _evaluate_conditions(template, values)
    places = (template.get("Mappings", {}), parent["StackName"], parent["StackId"])
    try:
        found = _resolve_refs(value, parent_stack.get("_resources", {}), values, conditions, *places)
    except (ValueError, KeyError, LookupError):
        return _UNKNOWN
    return found if isinstance(found, str) else str(found)


def _record(parent: Record, resource: Record, was: Record, template: Record, values: Record) -> Record:
    name = was.get("StackName") or f"{parent['StackName']}-{resource['LogicalResourceId']}"
    prefix = parent["ChangeSetId"].rsplit("/", 2)[0]
    return {
        **parent,
        "ChangeSetId": f"{prefix}/{parent['ChangeSetName']}-{resource['LogicalResourceId']}/{uuid.uuid4()}",
        "ParentChangeSetId": parent["ChangeSetId"],
        "StackId": was.get("StackId", ""),
        "StackName": name,
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "UNAVAILABLE",
        "Parameters": [{"ParameterKey": key, "ParameterValue": value["Value"]} for key, value in values.items()],
        "_template": template,
        "_resolved_params": values,
    }


def _differences(was: Record, template: Record, values: Record) -> list[Record]:
    from ministack.services.cloudformation.changesets import _resolve_props_for_diff
    from ministack.services.cloudformation.stacks import _diff_resources

    name, identity = was.get("StackName", ""), was.get("StackId", "")
    known = was.get("_resolved_params", {})
    old = _resolve_props_for_diff(_made(was.get("_template", {}), known), known, name, identity)
    made = _made(template, values)
    new = _resolve_props_for_diff(made, values, name, identity)
    changed = {key for key, value in values.items() if known.get(key, {}).get("Value") != value.get("Value")}
    return list(_diff_resources(old, new, was.get("_resources"), made, changed))


def _made(template: Record, values: Record) -> Record:
    """The template without the resources whose condition does not hold."""
    from ministack.services.cloudformation.engine import _evaluate_conditions

    conditions = _evaluate_conditions(template, values) if template else {}
    resources = template.get("Resources", {})
    made = {name: one for name, one in resources.items() if conditions.get(one.get("Condition"), True)}
    return {**template, "Resources": made}


def _fetched(url: str) -> str:
    from ministack.services.cloudformation.helpers import _resolve_document

    body, refused = _resolve_document({"TemplateURL": [url]}, "TemplateBody", "TemplateURL", "Template")
    if refused or not body:
        raise ValueError(f"There is no template at {url}")
    return str(body)


def below(record: Record) -> Iterator[Record]:
    """The change sets of the nested stacks, on every level."""
    for other in list(all_of_them().values()):
        if record and other.get("ParentChangeSetId") == record["ChangeSetId"]:
            yield other
            yield from below(other)


def sought(parameters: Parameters) -> Record:
    """The change set that a request names, empty if there is none."""
    from ministack.services.cloudformation.changesets import _find_change_set

    stack = _by_id(_word(parameters, "StackName"))
    name = stack.get("StackName") or _word(parameters, "StackName")
    return _find_change_set(_word(parameters, "ChangeSetName"), name)[1] or {}


def _stack_of(record: Record) -> Record:
    return _by_id(record["StackId"])


def _by_id(identity: str) -> Record:
    from ministack.services.cloudformation import _stacks

    return next((stack for stack in _stacks.values() if identity and stack["StackId"] == identity), {})


def all_of_them() -> dict[str, Record]:
    """Every change set by its ID."""
    from ministack.services.cloudformation import _change_sets

    return _change_sets  # type: ignore[no-any-return]


def _word(parameters: Parameters, name: str) -> str:
    from ministack.services.cloudformation.helpers import _p

    return str(_p(parameters, name, "") or "")
