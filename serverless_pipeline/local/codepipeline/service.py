"""CodePipeline as one more service of MiniStack, which has none: routing, IAM, sessions and CloudFormation."""

from __future__ import annotations

from functools import cache, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.codepipeline import outsiders, page, remarks, resource, targets, webhook_deliveries
from serverless_pipeline.local.codepipeline.bus import Bus
from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.engine.detection import Watch
from serverless_pipeline.local.codepipeline.engine.engine import Engine
from serverless_pipeline.local.codepipeline.engine.worker import Worker
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.model.store import Store
from serverless_pipeline.local.codepipeline.providers import stubs
from serverless_pipeline.local.codepipeline.providers.work import Timing
from serverless_pipeline.local.codepipeline.wire import api, authorization
from serverless_pipeline.local.codepipeline.wire.authorization import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "codepipeline"


def install(endpoint_url: str, timing: Timing | None = None, *, stub_providers: bool = False) -> None:
    """Add CodePipeline to MiniStack, before it serves; the engine reaches other services at `endpoint_url`.

    `stub_providers` lets pipelines have actions of AWS's providers that are not imitated; they do nothing.
    """
    timing = timing or Timing()
    store = Store(endpoint_url)
    engine = Engine(store, Worker(store, endpoint_url, timing).perform, timing, announce=Bus().announce)
    Watch(engine, endpoint_url, timing.detect).begin()
    page.show(store)
    webhook_deliveries.take_to(engine)
    remarks.look_at(store)
    stubs.allow(allowed=stub_providers)
    _route(engine)
    _authorize()
    _provision(engine)
    _compare(engine)
    targets.attach(engine)


def _route(engine: Engine) -> None:
    """Let requests with CodePipeline's target or credential scope come to the engine."""

    async def serve(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: object) -> api.Response:
        return api.answer(engine, _caller(headers), headers, body)

    patterns = {"target_prefixes": [api.TARGET_PREFIX], "host_patterns": [r"codepipeline\."]}
    seams.SERVICE_PATTERNS.value[NAME] = patterns
    seams.SERVICE_REGISTRY.value[NAME] = {"module": NAME}
    seams.SERVICE_HANDLERS.value[NAME] = serve
    reset = partial(interventions.reset, engine)
    seams.LOADED_MODULES.value[NAME] = SimpleNamespace(handle_request=serve, reset=reset)


def _authorize() -> None:
    """Let IAM decide CodePipeline's actions, each on the resource that it is about."""
    seams.SERVICE_TO_IAM_NAMESPACE.value[NAME] = NAME
    seams.EXTRACT_RESOURCE_ARN.wrap(_extract)


def _extract(others: Callable[..., str]) -> Callable[..., str]:
    def extract(service: str, *request: Any) -> str:  # noqa: ANN401 - MiniStack's own arguments
        if service != NAME:
            return others(service, *request)
        _method, _path, headers, body, _query, region, account = request
        return authorization.resource(Scope(account, region), api.operation_of(headers), body)

    return extract


def _provision(engine: Engine) -> None:
    """Let CloudFormation know pipelines from its first request on: loading it takes longer than starting the server."""
    others = seams.SERVICE_HANDLERS.value["cloudformation"]
    provide = cache(partial(_provide, engine))

    async def serve(*request: object) -> api.Response:
        provide()
        return await others(*request)  # type: ignore[no-any-return]

    seams.SERVICE_HANDLERS.value["cloudformation"] = serve


def _compare(engine: Engine) -> None:
    """Let CloudFormation find out the drift of pipelines."""

    def look(name: str, properties: dict[str, Any]) -> dict[str, Any] | None:
        return resource.read(engine, _caller(), name, properties)

    seams.DRIFT_READERS.value[resource.TYPE] = look, frozenset(resource.COMPARED)


def _provide(engine: Engine) -> None:
    """Let CloudFormation create, update and delete pipelines."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        name = properties.get("Name") or seams.PHYSICAL_NAME(stack, logical_id, max_len=100)
        return name, resource.create(engine, _caller(), name, properties)

    def update(name: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        return name, resource.update(engine, _caller(), name, old, new)

    def delete(name: str, _properties: dict[str, Any]) -> None:
        resource.delete(engine, _caller(), name)

    seams.RESOURCE_HANDLERS.value[resource.TYPE] = {"create": create, "update": update, "delete": delete}
    seams.REPLACING_PROPERTIES.value[resource.TYPE] = resource.REPLACING
    seams.STACK_TAG_PROPERTY.value[resource.TYPE] = ("Tags", "list")
    _provide_outsiders(engine)


def _provide_outsiders(engine: Engine) -> None:
    """Let CloudFormation make types of actions and webhooks known."""

    def create_type(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        return outsiders.create_type(engine, _caller(), properties)

    def update_type(name: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        return outsiders.update_type(engine, _caller(), name, old, new)

    def delete_type(name: str, _properties: dict[str, Any]) -> None:
        outsiders.delete_type(engine, _caller(), name)

    def create_webhook(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        name = properties.get("Name") or seams.PHYSICAL_NAME(stack, logical_id, max_len=100)
        return outsiders.put_webhook(engine, _caller(), name, {}, properties)

    def update_webhook(name: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        return outsiders.put_webhook(engine, _caller(), name, old, new)

    def delete_webhook(name: str, _properties: dict[str, Any]) -> None:
        outsiders.delete_webhook(engine, _caller(), name)

    for kind, replacing, handlers in (
        (outsiders.ACTION_TYPE, outsiders.REPLACING_TYPE, (create_type, update_type, delete_type)),
        (outsiders.WEBHOOK, outsiders.REPLACING_WEBHOOK, (create_webhook, update_webhook, delete_webhook)),
    ):
        seams.RESOURCE_HANDLERS.value[kind] = dict(zip(("create", "update", "delete"), handlers, strict=True))
        seams.REPLACING_PROPERTIES.value[kind] = replacing
        seams.STACK_TAG_PROPERTY.value[kind] = ("Tags", "list")


def _caller(headers: dict[str, str] | None = None) -> Caller:
    """Who acts now: MiniStack knows the account, the region and the principal of the request it serves."""
    scope = Scope(seams.GET_ACCOUNT_ID(), seams.GET_REGION())
    return Caller(scope, seams.REQUEST_CALLER_ARN(headers) if headers else seams.CALLER_ARN())
