"""A rendered template as data, and what CloudFormation, or IAM, would refuse in it once it knows the values.

What only CloudFormation can know (`!GetAtt`, a `!Ref` of a resource) is left out of a text: it is told too short, never
too long.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import calls, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml import Node, SafeLoader

USER_PARAMETERS = 1000
"""Characters of a Lambda action's `UserParameters`:
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html."""

NAMES = {
    ("AWS::CloudFront::Function", "Name"): 64,
    ("AWS::CloudWatch::Alarm", "AlarmName"): 255,
    ("AWS::CloudWatch::CompositeAlarm", "AlarmName"): 255,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::CodeDeploy::Application", "ApplicationName"): 100,
    ("AWS::CodePipeline::Pipeline", "Name"): 100,
    ("AWS::DynamoDB::GlobalTable", "TableName"): 255,
    ("AWS::DynamoDB::Table", "TableName"): 255,
    ("AWS::Events::EventBus", "Name"): 256,
    ("AWS::Events::Rule", "Name"): 64,
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): 128,
    ("AWS::IAM::Role", "RoleName"): 64,
    ("AWS::KMS::Alias", "AliasName"): 256,
    ("AWS::Kinesis::Stream", "Name"): 128,
    ("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName"): 64,
    ("AWS::Lambda::Function", "FunctionName"): 64,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::Pipes::Pipe", "Name"): 64,
    ("AWS::S3::Bucket", "BucketName"): 63,
    ("AWS::SNS::Topic", "TopicName"): 256,
    ("AWS::SQS::Queue", "QueueName"): 80,
    ("AWS::SSM::Parameter", "Name"): 2048,
    ("AWS::Scheduler::Schedule", "Name"): 64,
    ("AWS::Scheduler::ScheduleGroup", "Name"): 64,
    ("AWS::SecretsManager::Secret", "Name"): 512,
    ("AWS::StepFunctions::Activity", "Name"): 80,
    ("AWS::StepFunctions::StateMachine", "StateMachineName"): 80,
}
"""Characters of a name, by type and property, as the resource's reference says."""

WHOLE = 25
"""Characters of a stack's name up to which every name that CloudFormation generates begins with all of it.

A name that would be too long is cut: 13 characters stay for its end, and the rest is halved between stack and logical
ID. AWS says nothing of it; https://github.com/KensioSoftware/yulin/issues/1113 and
https://github.com/convox/rack/issues/2297 show names of 63 and 64 characters, the shortest that are bounded by a
policy."""

_UNKNOWN = "\0"
"""Stands in a text for what only CloudFormation knows."""


def read(text: str) -> dict[str, Any]:
    """A template as data: `!Ref` and `!Sub` of a text become that text with `${}`, other functions `None`."""
    import yaml

    return yaml.load(text, Loader=_loader()) or {}  # noqa: S506 - the loader is SafeLoader's child


def broken(rules: Mapping[str, Any], value: str) -> Iterator[str]:
    """What a parameter's declaration has against a value, in words."""
    if (pattern := rules.get("AllowedPattern")) and not re.fullmatch(str(pattern), value):
        yield f"{value!r} does not match {pattern}"
    if (allowed := rules.get("AllowedValues")) and value not in map(str, allowed):
        yield f"{value!r} must be one of {', '.join(map(str, allowed))}"
    if (longest := rules.get("MaxLength")) and len(value) > int(longest):
        yield f"{value!r} has {len(value)} characters, more than {longest}"
    if (shortest := rules.get("MinLength")) and len(value) < int(shortest):
        yield f"{value!r} has {len(value)} characters, less than {shortest}"
    if rules.get("Type") == "Number":
        yield from _out_of_range(rules, value)


def too_long(body: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    """Names and user parameters that are too long with the values that are known, in words."""
    for logical_id, resource in (body.get("Resources") or {}).items():
        properties = resource.get("Properties") or {}
        for (kind, name), longest in NAMES.items():
            if resource.get("Type") == kind and isinstance(properties.get(name), str):
                filled = values.fill(properties[name], known, "")
                if len(filled) > longest:
                    yield f"{logical_id}.{name} {filled!r} has {len(filled)} characters, more than {longest}"
        if resource.get("Type") == "AWS::CodePipeline::Pipeline":
            yield from _user_parameters(properties, known)


def outside(body: Mapping[str, Any], prefix: str, known: Mapping[str, str] | None = None) -> Iterator[str]:
    """Names that the rights of a stack do not cover, in words; they should begin with the stack's name, `prefix`.

    A name that is not told by the template, the defaults of its parameters and the values that are `known` is no
    mistake, and neither is one that CloudFormation generates.
    """
    resources = {name: one for name, one in (body.get("Resources") or {}).items() if isinstance(one, dict)}
    told = {
        **{name: f"{prefix}-{name}" for name in resources},
        **{name: str(one["Default"]) for name, one in (body.get("Parameters") or {}).items() if "Default" in one},
        **(known or {}),
        "AWS::StackName": prefix,
    }
    for logical_id, resource in resources.items():
        properties = values.told(resource.get("Properties") or {}, told, _UNKNOWN)
        for kind, name in NAMES:
            value = properties.get(name) if resource.get("Type") == kind else None
            if value and _UNKNOWN not in str(value) and not _is_covered(kind, logical_id, value, properties, prefix):
                yield (
                    f"{logical_id}.{name} {value!r} does not begin with {prefix}-, so that the stack may not make it: "
                    "let CloudFormation name it, or allow it by the setting environment_policy"
                )


def _is_covered(kind: str, logical_id: str, name: str, properties: Mapping[str, Any], prefix: str) -> bool:
    """Whether the table of CloudFormation's calls allows a name to a stack."""
    resource = calls.TYPES[kind].resource
    place = {"partition": "aws", "region": "region", "account": "account"}
    patterns = resource.every(properties, {**place, "stack": prefix, "logical": logical_id})
    return any(fnmatchcase(arn, one) for arn in resource.ones(name, properties, place) for one in patterns)


def _user_parameters(pipeline: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    for stage in pipeline.get("Stages") or []:
        for action in stage.get("Actions") or []:
            asked = (action.get("Configuration") or {}).get("UserParameters")
            length = len(values.fill(asked, known, "")) if isinstance(asked, str) else 0
            if length > USER_PARAMETERS:
                where = f"{stage.get('Name')}/{action.get('Name')}"
                yield f"the UserParameters of {where} have {length} characters, more than {USER_PARAMETERS}"


def _out_of_range(rules: Mapping[str, Any], value: str) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield f"{value!r} must be a number"
        return
    if number < float(rules.get("MinValue", "-inf")) or number > float(rules.get("MaxValue", "inf")):
        yield f"{value} must be {rules.get('MinValue', 'anything')} to {rules.get('MaxValue', 'anything')}"


@cache
def _loader() -> type[SafeLoader]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads CloudFormation's short forms."""

    def short(loader: SafeLoader, suffix: str, node: Node) -> object:
        if not isinstance(node, yaml.ScalarNode):
            return None
        text = loader.construct_scalar(node)
        return {"Sub": text, "Ref": f"${{{text}}}"}.get(suffix)

    Loader.add_multi_constructor("!", short)
    return Loader
