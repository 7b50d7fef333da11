"""Types of actions: those that an account makes known, beside AWS's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model.action_types import CUSTOM, THIRD_PARTY, CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire import boundary, documents
from serverless_pipeline.local.codepipeline.wire.operations import tags
from serverless_pipeline.local.codepipeline.wire.paging import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.providers.work import Provider
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

_MOST_TOLD = 5
"""What the service model lets a count be; a Commands action takes more."""
_INVALID = "InvalidActionTypeException"
"""AWS says so, though its service model does not name it."""
_WORKER = "JobWorker"
_SETTINGS = {"configurationUrl": "thirdPartyConfigurationUrl"}
MOST = 50
"""In an account and region: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html"""


def create(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Make a type known; a version that was there once cannot come back."""
    known = CustomActionType(
        id=_id(request),
        inputs=_counts(request, "inputArtifactDetails"),
        outputs=_counts(request, "outputArtifactDetails"),
        properties=tuple(Property(**one) for one in request.get("configurationProperties") or ()),
        settings=request.get("settings") or {},
        tags=tags.read(request.get("tags") or []),
    )
    _check_properties(known.properties)
    with engine.store.lock:
        types = engine.store.action_types
        if before := types.get((caller.scope, known.id)):
            kind = f"The custom action type {known.id.category}/{known.id.provider}, version {known.id.version},"
            ended = "has been deleted" if before.deleted else "exists already"
            raise Refusal(_INVALID, f"{kind} {ended}. Create a new version of the action type.")
        if (
            sum(
                scope == caller.scope and not one.deleted and one.id.owner == CUSTOM
                for (scope, _), one in types.items()
            )
            >= MOST
        ):
            raise Refusal("LimitExceededException", f"An account has {MOST} custom action types in a region at most")
        types[caller.scope, known.id] = known
    return {"actionType": _describe(known), **({"tags": documents.tags(known.tags)} if known.tags else {})}


def delete(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """Let a type be unknown from now on; deleting one that is not there is no mistake."""
    with engine.store.lock:
        known = engine.store.action_types.get((caller.scope, _id(request)))
        if known:
            known.deleted = True


def update(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """Give a third party's type another declaration; the first one makes it known, which AWS does for its partners."""
    declared = request["actionType"]
    kind = ActionType(**declared["id"])
    if kind.owner != THIRD_PARTY:
        raise _unknown(kind, caller.scope)
    for member in boundary.present(request, "UpdateActionType"):
        raise Refusal("ValidationException", f"The embedded AWS does not imitate {member}; {boundary.REFUSED[member]}")
    executor = declared["executor"]
    if executor["type"] != _WORKER:
        raise Refusal("ValidationException", f"The executor {executor['type']} is not imitated here, {_WORKER} is")
    worker = executor["configuration"].get("jobWorkerExecutorConfiguration") or {}
    known = CustomActionType(
        id=kind,
        inputs=_counts(declared, "inputArtifactDetails"),
        outputs=_counts(declared, "outputArtifactDetails"),
        properties=tuple(map(_property, declared.get("properties") or ())),
        settings={_SETTINGS.get(name, name): url for name, url in (declared.get("urls") or {}).items()},
        declaration=declared,
        allowed=frozenset((declared.get("permissions") or {}).get("allowedAccounts", ())),
        polling=frozenset(worker.get("pollingAccounts") or ()),
        job_timeout=executor.get("jobTimeout"),
    )
    _check_properties(known.properties)
    with engine.store.lock:
        engine.store.action_types[caller.scope, kind] = known


def get(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """A third party's type as it was declared."""
    kind = ActionType(*(request[name] for name in ("category", "owner", "provider", "version")))
    with engine.store.lock:
        known = engine.store.action_types_of(caller.scope).get(kind)
    if known is None:
        raise _unknown(kind, caller.scope)
    return {"actionType": dict(known.declaration)}


def list_(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS's own types and those of the account, of one region."""
    scope = Scope(caller.scope.account, request.get("regionFilter") or caller.scope.region)
    with engine.store.lock:
        custom = list(engine.store.action_types_of(scope).values())
    found = [*map(_of_aws, providers.PROVIDERS.values()), *map(_describe, custom)]
    owner = request.get("actionOwnerFilter")
    return page("actionTypes", [one for one in found if owner in (None, one["id"]["owner"])], request)


def _id(request: Mapping[str, str]) -> ActionType:
    return ActionType(request["category"], CUSTOM, request["provider"], request["version"])


def _unknown(kind: ActionType, scope: Scope) -> Refusal:
    return Refusal(
        "ActionTypeNotFoundException",
        f"There is no action type (Category: '{kind.category}', Provider: '{kind.provider}', Owner: '{kind.owner}',"
        f" Version: '{kind.version}') of a third party in region {scope.region}",
    )


def _property(document: Mapping[str, Any]) -> Property:
    return Property(
        document["name"],
        required=not document["optional"],
        key=document["key"],
        secret=document["noEcho"],
        queryable=document.get("queryable", False),
        description=document.get("description", ""),
    )


def _counts(request: Mapping[str, Any], name: str) -> tuple[int, int]:
    fewest, most = request[name]["minimumCount"], request[name]["maximumCount"]
    if fewest > most:
        raise Refusal(
            _INVALID,
            f"Maximum Number of Artifacts ({most}) has to be greater than or equal to minimum ({fewest}).",
        )
    return fewest, most


def _check_properties(properties: Iterable[Property]) -> None:
    """At most one property is queryable, which has to be required and must not be secret."""
    queryable = [one for one in properties if one.queryable]
    if len(queryable) > 1:
        names = ", ".join(one.name for one in queryable)
        raise Refusal(
            _INVALID,
            f"Multiple queryable configuration properties found with names '{names}'."
            " Up to one queryable property may be specified.",
        )
    for one in queryable:
        if one.secret or not one.required:
            raise Refusal(
                _INVALID,
                f"Invalid queryable property '{one.name}'. Queryable configuration properties must be required and"
                " non-secret.",
            )


def _describe(known: CustomActionType) -> dict[str, Any]:
    return {
        "id": vars(known.id),
        **({"settings": dict(known.settings)} if known.settings else {}),
        "actionConfigurationProperties": [
            {
                **{name: getattr(one, name) for name in ("name", "required", "key", "secret", "queryable")},
                **documents.present(description=one.description, type=one.type),
            }
            for one in known.properties
        ],
        "inputArtifactDetails": _details(known.inputs),
        "outputArtifactDetails": _details(known.outputs),
    }


def _of_aws(provider: Provider) -> dict[str, Any]:
    """One of AWS's own, as far as its provider declares it."""
    keys = [(key, True) for key in provider.required] + [(key, False) for key in provider.optional]
    return {
        "id": vars(ActionType(provider.category, "AWS", provider.name, "1")),
        "actionConfigurationProperties": [
            {"name": key, "required": required, "key": required, "secret": False, "queryable": False}
            for key, required in keys
        ],
        "inputArtifactDetails": _details(provider.inputs),
        "outputArtifactDetails": _details(provider.outputs),
    }


def _details(counts: tuple[int, int]) -> dict[str, int]:
    fewest, most = counts
    return {"minimumCount": fewest, "maximumCount": min(most, _MOST_TOLD)}
