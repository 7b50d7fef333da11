"""Change sets that look into nested stacks.

MiniStack ignores `IncludeNestedStacks`: a change set says that a nested stack changes, not what changes in it. Here
each nested stack that changes has a change set of its own, as
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html describes. What can
only be known once something was made (`Fn::GetAtt` of a new resource) counts as changed.
"""

import uuid
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records
from serverless_pipeline.local.cloudformation.records import Record

NESTED = "AWS::CloudFormation::Stack"

_UNKNOWN = "known after it is made"


def include(record: Record) -> None:
    """Look into the nested stacks of a change set; one whose template is out of order fails it."""
    try:
        _expand(record, records.stack(record["StackId"]))
    except ValueError as error:
        record.update(Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=str(error))


def _expand(record: Record, stack: Record) -> None:
    """Give each nested stack that is added or modified a change set of its own; a nested stack is never replaced."""
    for change in record["Changes"]:
        resource = change["ResourceChange"]
        if resource["ResourceType"] == NESTED and resource["Action"] in {"Add", "Modify"}:
            resource["ChangeSetId"] = _nested(record, stack, resource)["ChangeSetId"]
            resource["Replacement"] = "False"


def _nested(parent: Record, parent_stack: Record, resource: Record) -> Record:
    """The change set of a nested stack, and below it those of the stacks in that."""
    properties = parent["_template"]["Resources"][resource["LogicalResourceId"]].get("Properties", {})
    inputs = {"TemplateURL": properties["TemplateURL"], **(properties.get("Parameters") or {})}
    texts = {name: _resolved(parent, parent_stack, value) for name, value in inputs.items()}
    written = seams.PARSE_TEMPLATE(_document(texts.pop("TemplateURL")))
    provided = [{"Key": name, "Value": text} for name, text in texts.items()]
    template = seams.APPLY_TRANSFORMS(written, provided)
    values = seams.RESOLVE_PARAMETERS(template, provided)
    stack = records.stack(resource.get("PhysicalResourceId", ""))
    record = _record(parent, resource, stack, template, values)
    seams.CHANGE_SETS.value[record["ChangeSetId"]] = record
    _expand(record, stack)
    return record


def _resolved(parent: Record, parent_stack: Record, value: Any) -> str:  # noqa: ANN401 - as a template has it
    """A property of a nested stack, as far as it is known."""
    template, values = parent["_template"], parent["_resolved_params"]
    conditions = seams.EVALUATE_CONDITIONS(template, values)
    place = (template.get("Mappings", {}), parent["StackName"], parent["StackId"])
    try:
        return str(seams.RESOLVE_REFS(value, parent_stack.get("_resources", {}), values, conditions, *place))
    except (ValueError, LookupError):
        return _UNKNOWN


def _document(url: str) -> str:
    """The text of a template in a bucket."""
    body, refusal = seams.RESOLVE_DOCUMENT({"TemplateURL": [url]}, "TemplateBody", "TemplateURL", "Template")
    if refusal or not body:
        raise ValueError(f"There is no template at {url}")
    return str(body)


def _record(parent: Record, resource: Record, stack: Record, template: Record, values: Record) -> Record:
    name = f"{parent['ChangeSetName']}-{resource['LogicalResourceId']}"
    return {
        **parent,
        "ChangeSetId": f"{parent['ChangeSetId'].rsplit('/', 2)[0]}/{name}/{uuid.uuid4()}",
        "ParentChangeSetId": parent["ChangeSetId"],
        "StackId": stack.get("StackId", ""),
        "StackName": stack.get("StackName") or f"{parent['StackName']}-{resource['LogicalResourceId']}",
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "UNAVAILABLE",
        "Parameters": [{"ParameterKey": key, "ParameterValue": value["Value"]} for key, value in values.items()],
        "Changes": _changes(stack, template, values),
        "_template": template,
        "_resolved_params": values,
    }


def _changes(stack: Record, template: Record, values: Record) -> list[Record]:
    """What differs between the stack as it is and the template; a stack that is not there holds nothing."""
    place = stack.get("StackName", ""), stack.get("StackId", "")
    old_values = stack.get("_resolved_params", {})
    old = seams.RESOLVE_PROPS_FOR_DIFF(stack.get("_template", {}), old_values, *place)
    new = seams.RESOLVE_PROPS_FOR_DIFF(template, values, *place)
    changed = {name for name, value in values.items() if old_values.get(name, {}).get("Value") != value.get("Value")}
    return list(seams.DIFF_RESOURCES(old, new, stack.get("_resources"), template, changed))
