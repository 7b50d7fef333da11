"""CodePipeline as one more service of MiniStack."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.codepipeline import install, outsiders, page, resource, service, webhook_deliveries
from serverless_pipeline.local.codepipeline.bus import Bus
from serverless_pipeline.local.codepipeline.engine.engine import Engine
from serverless_pipeline.local.codepipeline.model.store import Store
from serverless_pipeline.local.codepipeline.providers import stubs
from serverless_pipeline.local.codepipeline.providers.work import Timing
from serverless_pipeline.local.codepipeline.wire.authorization import Caller
from tests.support.engine import ACCOUNT, ARN, REGION, SCOPE, TIMING

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
Handlers = dict[str, Any]


class MiniStack:
    """What the service reaches for in MiniStack."""

    def __init__(self) -> None:
        self.extracted: list[tuple[Any, ...]] = []
        self.requests: list[tuple[Any, ...]] = []
        for seam, value in {
            seams.SERVICE_PATTERNS: {"s3": {}},
            seams.SERVICE_REGISTRY: {"s3": {}},
            seams.SERVICE_HANDLERS: {"cloudformation": self.cloudformation},
            seams.LOADED_MODULES: {},
            seams.SERVICE_TO_IAM_NAMESPACE: {"s3": "s3"},
            seams.EXTRACT_RESOURCE_ARN: self.extract,
            seams.RESOURCE_HANDLERS: {},
            seams.REPLACING_PROPERTIES: {},
            seams.STACK_TAG_PROPERTY: {},
            seams.DRIFT_READERS: {},
            seams.INVOKE_TARGET: self.invoke,
            seams.VALIDATE_TARGET_ARN: lambda target: f"validated {target['Arn']}",
            seams.PHYSICAL_NAME: lambda stack, logical_id, max_len: f"{stack}-{logical_id}-{max_len}",
            seams.GET_ACCOUNT_ID: lambda: ACCOUNT,
            seams.GET_REGION: lambda: REGION,
            seams.CALLER_ARN: lambda: ROOT,
            seams.REQUEST_CALLER_ARN: lambda headers: headers.get("caller", ROOT),
        }.items():
            seam.replace(value)

    def extract(self, *request: Any) -> str:
        self.extracted.append(request)
        return "arn:of:another:service"

    def invoke(self, *request: Any) -> None:
        self.requests.append(request)

    async def cloudformation(self, *request: Any) -> str:
        self.requests.append(request)
        return "a stack"


@pytest.fixture
def ministack(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> MiniStack:
    assert empty_ministack is None
    monkeypatch.setattr(page, "_stores", [])
    monkeypatch.setattr(webhook_deliveries, "_engines", [])
    return MiniStack()


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """The engines that come to be."""
    engines: list[Engine] = []

    class Recorded(Engine):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            engines.append(self)

    monkeypatch.setattr(service, "Engine", Recorded)
    return engines


def serve(operation: str, request: object, caller: str = ADA) -> tuple[int, dict[str, str], Any]:
    """What the service answers a request."""
    headers = {"x-amz-target": f"CodePipeline_20150709.{operation}", "caller": caller}
    handler = seams.SERVICE_HANDLERS.value["codepipeline"]
    status, response_headers, body = asyncio.run(handler("POST", "/", headers, json.dumps(request).encode(), {}))
    return status, response_headers, json.loads(body or "null")


def test_the_service_is_routed_by_its_target_and_its_host(ministack: MiniStack) -> None:
    install("http://aws")

    assert seams.SERVICE_PATTERNS.value == {
        "s3": {},
        "codepipeline": {"target_prefixes": ["CodePipeline_20150709"], "host_patterns": [r"codepipeline\."]},
    }
    assert seams.SERVICE_REGISTRY.value == {"s3": {}, "codepipeline": {"module": "codepipeline"}}
    assert seams.SERVICE_TO_IAM_NAMESPACE.value == {"s3": "s3", "codepipeline": "codepipeline"}
    assert ministack.requests == []


@pytest.mark.usefixtures("ministack")
def test_a_request_is_answered_for_its_caller_in_its_account_and_region() -> None:
    install("http://aws")

    status, _, document = serve("GetPipeline", {"name": "p"})

    assert (status, document["message"]) == (400, f"Account '{ACCOUNT}' does not have a pipeline with name 'p'")


@pytest.mark.usefixtures("ministack")
def test_the_caller_is_who_signed_the_request_or_whom_ministack_serves() -> None:
    assert service._caller({"caller": ADA}) == Caller(SCOPE, ADA)
    assert service._caller() == Caller(SCOPE, ROOT)


@pytest.mark.usefixtures("ministack")
def test_a_reset_of_ministack_forgets_the_pipelines(engines: list[Engine]) -> None:
    install("http://aws")
    (engine,) = engines
    module = seams.LOADED_MODULES.value["codepipeline"]
    engine.store.pipelines[SCOPE, "p"] = SimpleNamespace(executions={}, stages={})  # type: ignore[assignment]

    module.reset()

    assert engine.store.pipelines == {}
    assert module.handle_request is seams.SERVICE_HANDLERS.value["codepipeline"]


@pytest.mark.usefixtures("ministack")
def test_the_engine_performs_actions_at_the_endpoint_and_waits_as_long_as_it_is_told(engines: list[Engine]) -> None:
    install("http://aws", TIMING)

    (engine,) = engines
    worker: Any = engine._start_action
    assert (worker.__self__.endpoint_url, worker.__self__.timing, engine._timing) == ("http://aws", TIMING, TIMING)
    assert worker.__self__.store is engine.store


@pytest.mark.usefixtures("ministack")
def test_the_engine_waits_as_long_as_aws_does_unless_it_is_told(engines: list[Engine]) -> None:
    install("http://aws")

    assert engines[0]._timing == Timing()


@pytest.mark.usefixtures("ministack")
def test_what_the_engine_announces_goes_to_the_bus(engines: list[Engine]) -> None:
    install("http://aws")

    bus: Any = engines[0].announce
    assert isinstance(bus.__self__, Bus)


def test_targets_that_are_no_pipelines_are_reached_as_before(ministack: MiniStack) -> None:
    install("http://aws")

    seams.INVOKE_TARGET({"Arn": "arn:of:another"}, {}, {})

    assert ministack.requests == [({"Arn": "arn:of:another"}, {}, {}, None)]
    assert seams.VALIDATE_TARGET_ARN({"Arn": "arn:of:another"}) == "validated arn:of:another"


@pytest.mark.usefixtures("ministack")
def test_pages_are_taken_from_the_store_of_the_engine(engines: list[Engine]) -> None:
    install("http://aws")

    assert page._stores == [engines[0].store]
    assert (webhook_deliveries._engines, engines[0].store.url) == (engines, "http://aws")


def test_iam_is_asked_about_the_resource_of_a_request(ministack: MiniStack) -> None:
    install("http://aws")
    headers = {"x-amz-target": "CodePipeline_20150709.PutApprovalResult"}
    body = b'{"pipelineName": "p", "stageName": "s", "actionName": "a"}'

    arn = seams.EXTRACT_RESOURCE_ARN("codepipeline", "POST", "/", headers, body, {}, REGION, ACCOUNT)

    assert (arn, ministack.extracted) == (f"{ARN}/s/a", [])


def test_iam_is_asked_about_other_services_as_before(ministack: MiniStack) -> None:
    install("http://aws")

    arn = seams.EXTRACT_RESOURCE_ARN("s3", "GET", "/bucket")

    assert (arn, ministack.extracted) == ("arn:of:another:service", [("s3", "GET", "/bucket")])


def test_cloudformation_knows_pipelines_from_its_first_request_on(ministack: MiniStack) -> None:
    install("http://aws")
    before = dict(seams.RESOURCE_HANDLERS.value)

    answer = asyncio.run(seams.SERVICE_HANDLERS.value["cloudformation"]("POST", "/"))

    assert (before, answer, ministack.requests) == ({}, "a stack", [("POST", "/")])
    kinds = [f"AWS::CodePipeline::{name}" for name in ("Pipeline", "CustomActionType", "Webhook")]
    assert [sorted(seams.RESOURCE_HANDLERS.value[kind]) for kind in kinds] == [["create", "delete", "update"]] * 3
    assert seams.REPLACING_PROPERTIES.value == {
        kinds[0]: ("Name",),
        kinds[1]: outsiders.REPLACING_TYPE,
        kinds[2]: ("Name",),
    }
    assert seams.STACK_TAG_PROPERTY.value == dict.fromkeys(kinds, ("Tags", "list"))


@pytest.mark.usefixtures("ministack")
def test_cloudformation_finds_out_the_drift_of_pipelines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        resource, "read", lambda _engine, caller, name, properties: {"of": (caller.arn, name, properties)}
    )
    install("http://aws")

    look, compared = seams.DRIFT_READERS.value[resource.TYPE]

    assert look("p", {"RoleArn": "r"}) == {"of": (ROOT, "p", {"RoleArn": "r"})}
    assert compared == set(resource.COMPARED)


@pytest.mark.usefixtures("ministack")
def test_cloudformation_gets_to_know_pipelines_once() -> None:
    install("http://aws")
    handler = seams.SERVICE_HANDLERS.value["cloudformation"]
    asyncio.run(handler("POST", "/"))
    seams.RESOURCE_HANDLERS.value.clear()

    asyncio.run(handler("POST", "/"))

    assert seams.RESOURCE_HANDLERS.value == {}


@pytest.fixture
def handlers(ministack: MiniStack, monkeypatch: pytest.MonkeyPatch) -> Handlers:
    """What CloudFormation does with a pipeline; each says what it was asked for."""
    assert ministack.requests == []
    for name in ("create", "update", "delete"):
        monkeypatch.setattr(resource, name, lambda *arguments, name=name: [name, *arguments])
    service._provide(ENGINE)
    return dict(seams.RESOURCE_HANDLERS.value[resource.TYPE])


ENGINE = Engine(Store(), lambda *_: None, TIMING)  # type: ignore[arg-type]
ME = Caller(SCOPE, ROOT)


def test_cloudformation_creates_a_pipeline_by_its_name(handlers: Handlers) -> None:
    properties = {"Name": "p"}

    assert handlers["create"]("Pipeline", properties, "shop") == ("p", ["create", ENGINE, ME, "p", properties])


def test_cloudformation_generates_a_name_of_100_letters_at_most(handlers: Handlers) -> None:
    name, call = handlers["create"]("Pipeline", {}, "shop")

    assert (name, call) == ("shop-Pipeline-100", ["create", ENGINE, ME, "shop-Pipeline-100", {}])


def test_cloudformation_updates_a_pipeline(handlers: Handlers) -> None:
    answer = handlers["update"]("p", {"old": 1}, {"new": 2}, "shop")

    assert answer == ("p", ["update", ENGINE, ME, "p", {"old": 1}, {"new": 2}])


def test_cloudformation_deletes_a_pipeline(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    deleted: list[tuple[Any, ...]] = []
    monkeypatch.setattr(resource, "delete", lambda *arguments: deleted.append(arguments))

    assert handlers["delete"]("p", {"Name": "p"}) is None
    assert deleted == [(ENGINE, ME, "p")]


def outsider_handlers(monkeypatch: pytest.MonkeyPatch, kind: str) -> Handlers:
    """What CloudFormation does with a type or a webhook; each says what it was asked for."""
    for name in ("create_type", "update_type", "delete_type", "put_webhook", "delete_webhook"):
        monkeypatch.setattr(outsiders, name, lambda *arguments, name=name: CALLS.append((name, *arguments)))
    CALLS.clear()
    service._provide(ENGINE)
    return dict(seams.RESOURCE_HANDLERS.value[kind])


CALLS: list[tuple[Any, ...]] = []


@pytest.mark.usefixtures("ministack")
def test_cloudformation_makes_types_of_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = outsider_handlers(monkeypatch, outsiders.ACTION_TYPE)

    handlers["create"]("Kind", {"new": 1}, "shop")
    handlers["update"]("a|b|1", {"old": 1}, {"new": 1}, "shop")

    assert handlers["delete"]("a|b|1", {}) is None
    assert CALLS == [
        ("create_type", ENGINE, ME, {"new": 1}),
        ("update_type", ENGINE, ME, "a|b|1", {"old": 1}, {"new": 1}),
        ("delete_type", ENGINE, ME, "a|b|1"),
    ]


@pytest.mark.usefixtures("ministack")
def test_cloudformation_makes_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = outsider_handlers(monkeypatch, outsiders.WEBHOOK)

    handlers["create"]("Hook", {"Name": "hook"}, "shop")
    handlers["create"]("Hook", {}, "shop")
    handlers["update"]("hook", {"old": 1}, {"new": 1}, "shop")

    assert handlers["delete"]("hook", {}) is None
    assert CALLS == [
        ("put_webhook", ENGINE, ME, "hook", {}, {"Name": "hook"}),
        ("put_webhook", ENGINE, ME, "shop-Hook-100", {}, {}),
        ("put_webhook", ENGINE, ME, "hook", {"old": 1}, {"new": 1}),
        ("delete_webhook", ENGINE, ME, "hook"),
    ]


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.usefixtures("engines")
def test_stand_ins_are_allowed_where_they_are_asked_for(allowed: bool) -> None:  # noqa: FBT001 - one of both
    install("http://aws", stub_providers=allowed)

    try:
        assert stubs.are_allowed() is allowed
    finally:
        stubs.allow(allowed=False)
