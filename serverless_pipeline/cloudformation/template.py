"""A rendered template as data, and what CloudFormation would refuse in it once it knows the values.

What only CloudFormation can know (`!GetAtt`, a `!Ref` of a resource) is left out of a text: it is told too short, never
too long.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml import Node, SafeLoader

USER_PARAMETERS = 1000
"""Characters of a Lambda action's `UserParameters`:
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html."""

NAMES = {
    ("AWS::CodePipeline::Pipeline", "Name"): 100,
    ("AWS::DynamoDB::Table", "TableName"): 255,
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): 128,
    ("AWS::IAM::Role", "RoleName"): 64,
    ("AWS::Lambda::Function", "FunctionName"): 64,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::S3::Bucket", "BucketName"): 63,
    ("AWS::SNS::Topic", "TopicName"): 256,
    ("AWS::SQS::Queue", "QueueName"): 80,
}
"""Characters of a name, by type and property, as the resource's reference says."""

_HOLE = re.compile(r"\$\{(!?)([^}]+)\}")


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
                filled = _filled(properties[name], known)
                if len(filled) > longest:
                    yield f"{logical_id}.{name} {filled!r} has {len(filled)} characters, more than {longest}"
        if resource.get("Type") == "AWS::CodePipeline::Pipeline":
            yield from _user_parameters(properties, known)


def _user_parameters(pipeline: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    for stage in pipeline.get("Stages") or []:
        for action in stage.get("Actions") or []:
            asked = (action.get("Configuration") or {}).get("UserParameters")
            length = len(_filled(asked, known)) if isinstance(asked, str) else 0
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


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda hole: f"${{{hole[2]}}}" if hole[1] else known.get(hole[2], ""), text)


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
