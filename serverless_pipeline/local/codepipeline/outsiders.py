"""`AWS::CodePipeline::CustomActionType` and `AWS::CodePipeline::Webhook`, through the service's own operations.

A type is told by `CATEGORY|PROVIDER|VERSION` and is replaced by every change but that of its tags. A webhook is told by
its name, its `Url` can be read; another name is a replacement, everything else is put anew. `TargetPipelineVersion`
has no effect, as on AWS: a webhook starts the current version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.resource import perform

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

ACTION_TYPE = "AWS::CodePipeline::CustomActionType"
WEBHOOK = "AWS::CodePipeline::Webhook"
REPLACING_TYPE = (
    *("Category", "Provider", "Version", "Settings"),
    *("ConfigurationProperties", "InputArtifactDetails", "OutputArtifactDetails"),
)
REPLACING_WEBHOOK = ("Name",)
_FLAGS = ("required", "key", "secret", "queryable")
_COUNTS = ("minimumCount", "maximumCount")
_ID = ("category", "provider", "version")

Properties = dict[str, Any]
Resource = tuple[str, dict[str, str]]
"""What Ref and GetAtt answer."""


def create_type(engine: Engine, caller: Caller, properties: Properties) -> Resource:
    """Make a type of action known."""
    request = _spell({**properties, "Version": str(properties["Version"])})
    request["tags"] = _tags(properties)
    perform(engine, caller, "CreateCustomActionType", request)
    name = "|".join(request[part] for part in _ID)
    return name, {"Id": name}


def update_type(engine: Engine, caller: Caller, name: str, old: Properties, new: Properties) -> Resource:
    """Set its tags; everything else is another type."""
    _tag(engine, caller, f"actiontype:Custom/{name.replace('|', '/')}", old, new)
    return name, {"Id": name}


def delete_type(engine: Engine, caller: Caller, name: str) -> None:
    """Let it be unknown."""
    perform(engine, caller, "DeleteCustomActionType", dict(zip(_ID, name.split("|"), strict=True)))


def put_webhook(engine: Engine, caller: Caller, name: str, old: Properties, new: Properties) -> Resource:
    """Make a webhook, or give it another definition, and remember whether it is to be registered."""
    definition = {
        "name": name,
        "targetPipeline": new["TargetPipeline"],
        "targetAction": new["TargetAction"],
        "filters": _spell(new["Filters"]),
        "authentication": new["Authentication"],
        "authenticationConfiguration": new["AuthenticationConfiguration"],
    }
    answer = perform(engine, caller, "PutWebhook", {"webhook": definition, "tags": _tags(new)})
    if old:
        _tag(engine, caller, f"webhook:{name}", old, new)
    verb = "Register" if _is_true(new.get("RegisterWithThirdParty", False)) else "Deregister"
    perform(engine, caller, f"{verb}WebhookWithThirdParty", {"webhookName": name})
    return name, {"Id": name, "Url": answer["webhook"]["url"]}


def delete_webhook(engine: Engine, caller: Caller, name: str) -> None:
    """Let its address answer no more."""
    perform(engine, caller, "DeleteWebhook", {"name": name})


def _tag(engine: Engine, caller: Caller, resource: str, old: Properties, new: Properties) -> None:
    arn, after = caller.scope.arn(resource), _tags(new)
    if gone := {tag["key"] for tag in _tags(old)} - {tag["key"] for tag in after}:
        perform(engine, caller, "UntagResource", {"resourceArn": arn, "tagKeys": sorted(gone)})
    if after:
        perform(engine, caller, "TagResource", {"resourceArn": arn, "tags": after})


def _tags(properties: Properties) -> list[dict[str, str]]:
    """The tags of the template; those with AWS's prefix are CloudFormation's, and its own record has them."""
    tags = [{"key": str(tag["Key"]), "value": str(tag["Value"])} for tag in properties.get("Tags", [])]
    return [tag for tag in tags if not tag["key"].startswith("aws:")]


def _spell(value: Any) -> Any:  # noqa: ANN401 - whatever a template can hold
    """The properties as the API spells them; scalars as the API has them, where a template may write them as text."""
    if isinstance(value, list):
        return [_spell(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key[:1].lower() + key[1:]: _scalar(key[:1].lower() + key[1:], item) for key, item in value.items()}


def _scalar(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a template can hold
    if name in _FLAGS:
        return _is_true(value)
    return int(value) if name in _COUNTS and str(value).isdecimal() else _spell(value)


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
