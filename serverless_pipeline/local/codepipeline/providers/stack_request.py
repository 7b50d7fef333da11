"""What CloudFormation is asked to deploy: the template and its parameters, as the configuration names them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-parameter-override-functions.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.providers import artifacts, members
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Work

LARGEST_TEMPLATE = 1_000_000
LARGEST_BODY = 51_200
"""The bytes of a template in a request; a larger one goes by way of S3."""
LARGEST_OVERRIDES = 1024
_SECTIONS = {"Parameters", "Tags", "StackPolicy"}


def arguments(work: Work) -> dict[str, Any]:
    """The arguments of CreateStack, UpdateStack and CreateChangeSet, but for the stack policy.

    Raises:
        UnusableError: a file or a value is not as CloudFormation needs it.
        ClientError: an artifact cannot be fetched.
    """
    configuration = work.run.resolved_configuration
    document = _configuration(work)
    parameters = {**document.get("Parameters", {}), **_overrides(work)}
    capabilities = [name.strip() for name in configuration.get("Capabilities", "").split(",") if name.strip()]
    return {
        **_template(work),
        "RoleARN": configuration["RoleArn"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": capabilities,
        **({"Tags": _tags(document["Tags"])} if "Tags" in document else {}),
    }


def policy(work: Work) -> dict[str, str]:
    """The argument of CreateStack and UpdateStack that sets the stack policy, if there is one."""
    document = _configuration(work)
    return {"StackPolicyBody": json.dumps(document["StackPolicy"])} if "StackPolicy" in document else {}


def overrides(text: str) -> dict[str, Any]:
    """The object that `ParameterOverrides` holds, its functions not yet called.

    Raises:
        UnusableError: it is too long, or no object of strings and functions.
    """
    if len(text.encode()) > LARGEST_OVERRIDES:
        raise UnusableError(
            f"ParameterOverrides has {len(text.encode())} bytes, more than the {LARGEST_OVERRIDES} it may have; put"
            " parameters into a TemplateConfiguration"
        )
    return _object(text.encode(), "ParameterOverrides")


def _template(work: Work) -> dict[str, str]:
    template = members.read(work, work.run.resolved_configuration["TemplatePath"], LARGEST_TEMPLATE)
    if len(template) <= LARGEST_BODY:
        return {"TemplateBody": _text(template, "the template")}
    bucket = work.run.inputs[0].bucket
    key = f"{work.pipeline[:20]}/templates/{work.run.id}"
    client = work.credentials.client("s3", work.region)
    client.put_object(Bucket=bucket, Key=key, Body=template, **artifacts.encryption(work))
    return {"TemplateURL": _url(work, bucket, key)}


def _configuration(work: Work) -> dict[str, Any]:
    """The file with parameters, tags and a stack policy; empty if none is named."""
    reference = work.run.resolved_configuration.get("TemplateConfiguration", "")
    if not reference:
        return {}
    document = _object(members.read(work, reference, LARGEST_TEMPLATE), reference)
    if unknown := document.keys() - _SECTIONS:
        raise UnusableError(
            f"{reference} holds {', '.join(sorted(unknown))}; it may hold {', '.join(sorted(_SECTIONS))}"
        )
    for section in ("Parameters", "Tags"):
        values = document.get(section, {})
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise UnusableError(f"{section} of {reference} must be an object of strings")
    return document


def _overrides(work: Work) -> dict[str, str]:
    text = work.run.resolved_configuration.get("ParameterOverrides", "")
    return {name: _value(work, name, value) for name, value in overrides(text).items()} if text else {}


def _value(work: Work, name: str, value: object) -> str:
    match value:
        case str():
            return value
        case {"Fn::GetArtifactAtt": [str(artifact), str(attribute)], **rest} if not rest:
            return _attribute(work, artifact, attribute)
        case {"Fn::GetParam": [str(artifact), str(file), str(key)], **rest} if not rest:
            return _parameter(work, artifact, file, key)
    raise UnusableError(
        f"{name} in ParameterOverrides must be a string, Fn::GetArtifactAtt with an artifact and an attribute, or"
        " Fn::GetParam with an artifact, a file and a key"
    )


def _attribute(work: Work, name: str, attribute: str) -> str:
    artifact = members.named(work, name)
    values = {
        "BucketName": artifact.bucket,
        "ObjectKey": artifact.key,
        "URL": _url(work, artifact.bucket, artifact.key),
    }
    if attribute not in values:
        raise UnusableError(f"Fn::GetArtifactAtt knows {', '.join(values)}, and not {attribute}")
    return values[attribute]


def _parameter(work: Work, artifact: str, file: str, key: str) -> str:
    reference = f"{artifact}{members.SEPARATOR}{file}"
    value = _object(members.read(work, reference, LARGEST_TEMPLATE), reference).get(key)
    if not isinstance(value, str):
        raise UnusableError(f"Fn::GetParam found no string {key} in {reference}")
    return value


def _object(content: bytes, what: str) -> dict[str, Any]:
    try:
        document = json.loads(_text(content, what))
    except ValueError as error:
        raise UnusableError(f"{what} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise UnusableError(f"{what} must be a JSON object")
    return document


def _text(content: bytes, what: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnusableError(f"{what} is not written in UTF-8: {error}") from error


def _tags(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _url(work: Work, bucket: str, key: str) -> str:
    return f"https://s3.{work.region}.amazonaws.com/{bucket}/{key}"
