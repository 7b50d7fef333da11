from __future__ import annotations

import hashlib
import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas import deploy
from lambdas.delivery.delivery import KINDS
from lambdas.delivery.order import BEGIN_ANEW, Kind, Order
from lambdas.job.ending import Continued, Failed, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lambdas.job.ending import Outcome
    from tests.support.functions import CodePipeline, Context
    from tests.support.store import Store

    Deliver = Callable[..., CodePipeline]

ARTIFACT = Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/DistLambdaOutput")
RELEASE = "release=prod/e-1/20260102-030405/Orders"
RECORD = "releases/prod/e-1/Orders.json"
PACKAGE = Artifact("PackageOutput", "artifact-bucket", "dromedary/PackageOut/PackageOutput")


@pytest.fixture
def deliver(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> Deliver:
    """Have the function deliver an artifact; the answers are CodePipeline's."""
    store.put("DistLambdaOutput", {"index.py": "handler = None"})

    def run(
        parameters: str,
        inputs: Sequence[str] = ("DistLambdaOutput",),
        outputs: Sequence[str] = (),
        **data: Any,
    ) -> CodePipeline:
        deploy.handler(event(parameters, list(inputs), list(outputs), **data), context(900))
        return codepipeline

    return run


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Order]]:
    """Have deliveries of the type `lambda` end so; the orders that come in are remembered."""

    def end(
        *outcomes: Outcome, keys: Sequence[str] = (), resume: Callable[[Order, str], Outcome] | None = None
    ) -> list[Order]:
        orders: list[Order] = []
        endings = iter(outcomes)

        def begin(order: Order, zip_file: Path) -> Outcome:
            assert zip_file.stat().st_size
            orders.append(order)
            return next(endings)

        monkeypatch.setitem(KINDS, "lambda", Kind(keys, begin, resume=resume))
        return orders

    return end


def digest(store: Store) -> str:
    return hashlib.sha256(store.objects[ARTIFACT.key]).hexdigest()


def mistakes(codepipeline: CodePipeline) -> list[str]:
    assert codepipeline.failure["type"] == "ConfigurationError"
    return codepipeline.failure["message"].splitlines()[1:]


def test_the_artifact_goes_to_the_module_of_its_type_with_the_parameters_of_the_type(
    deliver: Deliver, kind: Callable[..., list[Order]]
) -> None:
    orders = kind(Succeeded("done", {"FunctionVersion": "7"}), keys=("function", "alias"))

    codepipeline = deliver("type=lambda&function=dromedary-test-api&alias=live")

    (order,) = orders
    assert codepipeline.answer["outputVariables"]["FunctionVersion"] == "7"
    assert order == Order(
        {"function": "dromedary-test-api", "alias": "live"}, ARTIFACT, order.deadline, codepipeline.answer["jobId"]
    )


@pytest.mark.parametrize("parameters", ["", "type=", "type=ftp&host=x"])
def test_an_unknown_type_is_told_with_the_ones_there_are(deliver: Deliver, parameters: str) -> None:
    codepipeline = deliver(parameters)

    assert mistakes(codepipeline) == ["  - type must be one of lambda, apigateway, s3, cloudformation, mock"]


@pytest.mark.parametrize(
    ("type_", "keys", "options"),
    [
        ("lambda", "function, alias", ", shift, alarms"),
        ("apigateway", "api, stage", ", function, Integration.<Name>"),
        ("s3", "bucket, version", ", apiBaseurl, distribution, Type.<Name>, Encoding.<Name>, Cache.<Name>"),
        (
            "cloudformation",
            "stack, template, role",
            ", parameters, configuration, capabilities, deliveries, ids, parts, loss, Parameter.<Name>",
        ),
    ],
)
def test_each_type_names_its_keys(deliver: Deliver, type_: str, keys: str, options: str) -> None:
    codepipeline = deliver(f"type={type_}&wrong=x")

    missing = [f"  - {key} is missing in UserParameters" for key in keys.split(", ")]
    assert mistakes(codepipeline) == [*missing, f"  - wrong is no key of this function; it knows {keys}{options}"]


def test_it_takes_one_input_artifact_and_makes_none_and_all_mistakes_are_told_together(deliver: Deliver) -> None:
    codepipeline = deliver("type=lambda&function=f", ["DistLambdaOutput", "Second"], ["Made"])

    assert mistakes(codepipeline) == [
        "  - alias is missing in UserParameters",
        "  - the output artifact Made is not for this function",
        "  - the action needs one input artifact and has 2",
    ]


def test_it_needs_an_input_artifact(deliver: Deliver) -> None:
    codepipeline = deliver("type=lambda&function=f&alias=live", [])

    assert mistakes(codepipeline) == ["  - the action needs one input artifact and has 0"]


def test_a_request_does_not_change_on_its_way() -> None:
    request = deploy.Request("s3", Order({}, ARTIFACT, 0), "", None, None)

    assert request.kind is KINDS["s3"]
    with pytest.raises(FrozenInstanceError):
        request.type = "lambda"  # type: ignore[misc]


def test_a_rehearsal_gets_its_own_parameters(deliver: Deliver) -> None:
    codepipeline = deliver("type=mock&result=succeed&message=fine", [])

    assert codepipeline.answer["executionDetails"] == {"summary": "fine"}


def test_nothing_is_left_behind(deliver: Deliver, scratch: Path) -> None:
    deliver("type=apigateway&api=a&stage=test&function=no-arn")

    assert list(scratch.iterdir()) == []


def test_one_file_of_an_artifact_is_delivered_and_its_digest_is_that_of_what_was_tested(
    deliver: Deliver, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents: list[bytes] = []

    def begin(order: Order, zip_file: Path) -> Succeeded:
        assert (order.parameters, order.artifact) == ({}, PACKAGE)
        contents.append(zip_file.read_bytes())
        return Succeeded("done")

    monkeypatch.setitem(KINDS, "lambda", Kind((), begin))
    store.put("PackageOutput", {"deliveries/Orders.zip": b"the code", "deliveries/Site.zip": b"the site"})
    tested = hashlib.sha256(b"the code").hexdigest()

    codepipeline = deliver(f"type=lambda&path=deliveries/Orders.zip&tested={tested}", ["PackageOutput"])

    assert contents == [b"the code"]
    assert codepipeline.answer["outputVariables"] == {"ArtifactDigest": tested}


def test_another_file_of_the_artifact_is_not_what_was_tested(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    orders = kind(Succeeded("done"))
    store.put("PackageOutput", {"deliveries/Orders.zip": b"other code"})
    tested = hashlib.sha256(b"the code").hexdigest()

    codepipeline = deliver(f"type=lambda&path=deliveries/Orders.zip&tested={tested}", ["PackageOutput"])

    assert codepipeline.failure["message"].startswith("PackageOutput is not what was tested: ")
    assert orders == []


def test_a_file_that_the_artifact_does_not_hold_is_named_and_nothing_is_delivered(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]], scratch: Path
) -> None:
    orders = kind(Succeeded("done"))
    store.put("PackageOutput", {"template.json": "{}"})

    codepipeline = deliver("type=lambda&path=deliveries/Orders.zip", ["PackageOutput"])

    assert codepipeline.failure["message"] == (
        "The input artifact PackageOutput holds no deliveries/Orders.zip; release the change again"
    )
    assert orders == []
    assert list(scratch.iterdir()) == []


def test_the_digest_of_what_was_delivered_is_a_variable(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Succeeded("done"))

    codepipeline = deliver("type=lambda")

    assert codepipeline.answer["outputVariables"] == {"ArtifactDigest": digest(store)}


def test_what_was_tested_is_delivered(deliver: Deliver, store: Store, kind: Callable[..., list[Order]]) -> None:
    kind(Succeeded("done"))

    codepipeline = deliver(f"type=lambda&tested={digest(store)}")

    assert codepipeline.answer["executionDetails"]["summary"] == "done"


@pytest.mark.parametrize("tested", ["0" * 64, ""])
def test_what_was_not_tested_is_refused(deliver: Deliver, store: Store, tested: str) -> None:
    codepipeline = deliver(f"type=lambda&function=f&alias=live&tested={tested}")

    assert codepipeline.failure["message"].startswith(
        f"DistLambdaOutput is not what was tested: its digest is {digest(store)}, tested names {tested}; release"
    )


def test_a_delivery_goes_on_in_the_next_job_where_it_stood_without_its_artifact(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = kind(Continued("half", "one half"), resume=lambda _order, token: Succeeded(f"{token}, then all"))

    first = deliver("type=lambda").answers.pop()
    variables = {"ArtifactDigest": digest(store)}
    monkeypatch.setattr(store, "objects", {})
    codepipeline = deliver("type=lambda", continuationToken=first["continuationToken"])

    assert len(orders) == 1
    assert first["executionDetails"] == {"summary": "one half"}
    assert codepipeline.answer["executionDetails"] == {"summary": "half, then all"}
    assert codepipeline.answer["outputVariables"] == variables


def test_a_delivery_that_begins_anew_begins_with_its_artifact(
    deliver: Deliver, kind: Callable[..., list[Order]]
) -> None:
    orders = kind(Continued(BEGIN_ANEW), Succeeded("done"))

    token = deliver("type=lambda").answers.pop()["continuationToken"]
    codepipeline = deliver("type=lambda", continuationToken=token)

    assert len(orders) == 2
    assert codepipeline.answer["executionDetails"] == {"summary": "done"}


@pytest.mark.parametrize("token", ["x", "[]", "{}", '["digest", 1]', '["digest", "half"]'])
def test_a_token_that_no_delivery_gave_is_refused(deliver: Deliver, token: str) -> None:
    codepipeline = deliver("type=lambda&function=f&alias=live", continuationToken=token)

    assert "continuation token" in codepipeline.failure["message"]
    assert codepipeline.failure["type"] == "ConfigurationError"


def test_a_delivery_that_is_a_release_goes_on_record(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Succeeded("done", {"FunctionVersion": "7"}), keys=("function",))

    codepipeline = deliver(f"type=lambda&function=f&{RELEASE}")

    record = json.loads(store.objects[RECORD])
    time = record.pop("time")
    assert codepipeline.answer["executionDetails"] == {"summary": "done"}
    assert datetime.now(UTC) - datetime.fromisoformat(time) < timedelta(minutes=1)
    assert len(time) == len("2026-01-02T03:04:05.678+00:00")
    assert record == {
        "type": "lambda",
        "part": "Orders",
        "version": "20260102-030405",
        "execution": "e-1",
        "artifact": {
            "name": "DistLambdaOutput",
            "bucket": "artifact-bucket",
            "key": ARTIFACT.key,
            "path": "",
            "digest": digest(store),
        },
        "given": {"function": "f"},
        "variables": {"FunctionVersion": "7"},
    }


def test_a_part_without_a_name_goes_on_record_by_its_type(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Succeeded("done"))

    deliver("type=lambda&release=prod/e-1/20260102-030405")

    assert json.loads(store.objects["releases/prod/e-1/lambda.json"])["part"] == "lambda"


def test_a_record_names_the_file_of_the_artifact_that_was_delivered(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Succeeded("done"))
    store.put("PackageOutput", {"deliveries/Orders.zip": b"the code"})

    deliver(f"type=lambda&path=deliveries/Orders.zip&{RELEASE}", ["PackageOutput"])

    assert json.loads(store.objects[RECORD])["artifact"] == {
        "name": "PackageOutput",
        "bucket": "artifact-bucket",
        "key": PACKAGE.key,
        "path": "deliveries/Orders.zip",
        "digest": hashlib.sha256(b"the code").hexdigest(),
    }


def test_a_record_is_encrypted_with_the_key_of_the_artifact_store(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Succeeded("done"))

    deliver(f"type=lambda&{RELEASE}", encryptionKey={"id": "a-key", "type": "KMS"})

    (put,) = store.puts
    assert put["SSEKMSKeyId"] == "a-key"


def test_a_delivery_that_is_no_release_is_not_on_record(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Succeeded("done"))

    deliver("type=lambda")

    assert list(store.objects) == [ARTIFACT.key]


def test_a_delivery_that_failed_is_not_on_record(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Failed("half way"))

    codepipeline = deliver(f"type=lambda&{RELEASE}")

    assert codepipeline.failure["message"] == "half way"
    assert RECORD not in store.objects


def test_a_delivery_of_several_jobs_goes_on_record_at_its_end(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]]
) -> None:
    kind(Continued("half"), resume=lambda _order, _token: Succeeded("all"))

    token = deliver(f"type=lambda&{RELEASE}").answers.pop()["continuationToken"]
    before = RECORD in store.objects
    deliver(f"type=lambda&{RELEASE}", continuationToken=token)

    assert not before
    assert json.loads(store.objects[RECORD])["artifact"]["digest"] == digest(store)


def test_a_delivery_that_cannot_be_recorded_fails(
    deliver: Deliver, store: Store, kind: Callable[..., list[Order]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**request: Any) -> None:
        if "IfNoneMatch" not in request:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    kind(Succeeded("done"))
    monkeypatch.setattr(store, "put_object", refuse)

    codepipeline = deliver(f"type=lambda&{RELEASE}")

    assert codepipeline.failure["type"] == "PermissionError"
    assert codepipeline.failure["message"].startswith(
        "It was delivered, but could not be put on record as a release: AWS did not allow PutObject; "
    )


@pytest.mark.parametrize("release", ["prod", ""])
def test_a_release_that_is_not_named_in_full_is_refused_before_anything_is_delivered(
    deliver: Deliver, kind: Callable[..., list[Order]], release: str
) -> None:
    orders = kind(Succeeded("done"))

    codepipeline = deliver(f"type=lambda&release={release}")

    assert mistakes(codepipeline) == [f"  - release must be environment/execution/version/part; it is '{release}'"]
    assert orders == []
