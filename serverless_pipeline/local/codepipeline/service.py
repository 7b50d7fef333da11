"""CodePipeline as one more service of MiniStack, which has none: routing, IAM, sessions and CloudFormation."""

from __future__ import annotations

import threading
from functools import cache, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline import page, resource
from serverless_pipeline.local.codepipeline.engine.engine import Engine
from serverless_pipeline.local.codepipeline.engine.worker import Worker
from serverless_pipeline.local.codepipeline.model.store import Scope, Store
from serverless_pipeline.local.codepipeline.providers.work import Timing
from serverless_pipeline.local.codepipeline.wire import api, authorization
from serverless_pipeline.local.codepipeline.wire.operations.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "codepipeline"


def register(endpoint_url: str, timing: Timing | None = None) -> None:
    """Add CodePipeline to MiniStack, before it serves; the engine reaches other services at `endpoint_url`."""
    store = Store()
    engine = Engine(store, Worker(store, endpoint_url, timing or Timing()))
    page.show(store)
    _route(engine)
    _authorize()
    _guard_sessions()
    _provision(engine)


def _route(engine: Engine) -> None:
    """Let requests with CodePipeline's target or credential scope come to the engine."""
    from ministack import app
    from ministack.core import router

    async def serve(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: object) -> api.Response:
        return api.answer(engine, _caller(headers), headers, body)

    router.SERVICE_PATTERNS[NAME] = {"target_prefixes": [api.TARGET_PREFIX], "host_patterns": [r"codepipeline\."]}
    app.SERVICE_REGISTRY[NAME] = {"module": NAME}
    app.SERVICE_HANDLERS[NAME] = serve
    # What MiniStack would import as the module of a service: it asks it to forget everything.
    app._loaded_modules[NAME] = SimpleNamespace(handle_request=serve, reset=engine.reset)  # noqa: SLF001 - MiniStack has no public way


def _authorize() -> None:
    """Let IAM decide CodePipeline's actions, each on the resource that it is about."""
    from ministack.core import iam_actions

    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    others: Callable[..., str] = iam_actions.extract_resource_arn

    def extract(service: str, *request: Any) -> str:  # noqa: ANN401 - MiniStack's own arguments
        if service != NAME:
            return others(service, *request)
        _method, _path, headers, body, _query, region, account = request
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        return authorization.resource(Scope(account, region), operation, body)

    iam_actions.extract_resource_arn = extract


def _guard_sessions() -> None:
    """One session at a time: MiniStack walks the sessions when it adds one, on whatever thread it is on."""
    from ministack.services import sts

    lock = threading.Lock()
    unguarded: Callable[[str, dict[str, Any]], None] = sts.register_session

    def guarded(access_key: str, session: dict[str, Any]) -> None:
        with lock:
            unguarded(access_key, session)

    sts.register_session = guarded


def _provision(engine: Engine) -> None:
    """Let CloudFormation know pipelines from its first request on: loading it takes longer than starting the server."""
    from ministack import app

    others = app.SERVICE_HANDLERS["cloudformation"]

    provide = cache(partial(_provide, engine))

    async def serve(*request: object) -> api.Response:
        provide()
        return await others(*request)  # type: ignore[no-any-return]

    app.SERVICE_HANDLERS["cloudformation"] = serve


def _provide(engine: Engine) -> None:
    """Let CloudFormation create, update and delete pipelines."""
    from ministack.services.cloudformation import provisioners

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=100)  # noqa: SLF001 - MiniStack has no public way
        return name, resource.create(engine, _caller(), name, properties)

    def update(name: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        return name, resource.update(engine, _caller(), name, old, new)

    def delete(name: str, _properties: dict[str, Any]) -> None:
        resource.delete(engine, _caller(), name)

    provisioners._RESOURCE_HANDLERS[resource.TYPE] = {"create": create, "update": update, "delete": delete}  # noqa: SLF001 - MiniStack has no public way
    provisioners._REPLACING_PROPERTIES[resource.TYPE] = resource.REPLACING  # noqa: SLF001 - MiniStack has no public way
    provisioners._STACK_TAG_PROPERTY[resource.TYPE] = ("Tags", "list")  # noqa: SLF001 - MiniStack has no public way


def _caller(headers: dict[str, str] | None = None) -> Caller:
    """Who acts now: MiniStack knows the account, the region and the principal of the request it serves."""
    from ministack.core import iam_evaluator, responses

    scope = Scope(responses.get_account_id(), responses.get_region())
    arn = iam_evaluator.request_caller_arn(headers) if headers else iam_evaluator.caller_arn()
    return Caller(scope, arn)
