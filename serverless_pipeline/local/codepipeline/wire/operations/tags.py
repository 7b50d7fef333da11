"""Tags of pipelines, custom types of actions and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import documents
from serverless_pipeline.local.codepipeline.wire.paging import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.codepipeline.model.store import Store
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

_MOST = 50


class Tagged(Protocol):
    """What has tags."""

    tags: dict[str, str]


def tag(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Set tags; others stay."""
    tags = read(request["tags"])
    with engine.store.lock:
        record = _record(engine, caller, request["resourceArn"])
        record.tags = read(documents.tags({**record.tags, **tags}), own=True)
    return {}


def untag(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Take tags away; one that is not there is no mistake."""
    with engine.store.lock:
        record = _record(engine, caller, request["resourceArn"])
        record.tags = {key: value for key, value in record.tags.items() if key not in request["tagKeys"]}
    return {}


def list_(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The tags of a pipeline, by their keys."""
    with engine.store.lock:
        tags = dict(sorted(_record(engine, caller, request["resourceArn"]).tags.items()))
    return page("tags", documents.tags(tags), request, key=lambda tag: str(tag["key"]), ordered=True)


def read(tags: Iterable[Mapping[str, str]], *, own: bool = False) -> dict[str, str]:
    """Tags by key; `own` ones may carry AWS's prefix, which CloudFormation uses.

    Raises:
        Refusal: there are too many, or one claims to be AWS's.
    """
    values = {tag["key"]: tag["value"] for tag in tags}
    if len(values) > _MOST:
        raise Refusal("TooManyTagsException", f"A pipeline can have {_MOST} tags at most, not {len(values)}")
    for key in values:
        if key.lower().startswith("aws:") and not own:
            raise Refusal("InvalidTagsException", f"The tag '{key}' starts with aws:, which is reserved")
    return values


def _record(engine: Engine, caller: Caller, arn: str) -> Tagged:
    parts = arn.split(":", 5)
    if parts[3:5] != [caller.scope.region, caller.scope.account]:
        raise Refusal("InvalidArnException", f"{arn} is not a resource of this account and region")
    record = _tagged(engine.store, caller.scope, parts[5])
    if record is None:
        raise Refusal("ResourceNotFoundException", f"There is no resource {arn}")
    return record


def _tagged(store: Store, scope: Scope, resource: str) -> Tagged | None:
    """What the last part of an ARN names."""
    kind, _, name = resource.partition(":")
    match kind, name.split("/"):
        case "webhook", [_]:
            return store.webhooks.get((scope, name))
        case "actiontype", [owner, category, provider, version]:
            known = store.action_types.get((scope, ActionType(category, owner, provider, version)))
            return known if known and not known.deleted else None
    return store.find(scope, resource)
