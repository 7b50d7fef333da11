from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.stub import Stubber

from lambdas import rollback
from lambdas.delivery import release, site
from lambdas.delivery.order import Kind
from lambdas.delivery.release import Part
from lambdas.job import clients
from lambdas.job.ending import Continued, Failed, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Context

CONTENT = b"the site"
SITE = Artifact("DistSiteOutput", "artifact-bucket", "small/DistSiteOu/x")
PARTS = {
    "lambda": Part(
        "lambda", "", Artifact("A", "b", "k"), "", {"function": "f", "alias": "live"}, {"FunctionVersion": "7"}
    ),
    "apigateway": Part(
        "apigateway", "", Artifact("B", "b", "k"), "", {"api": "a1", "stage": "prod"}, {"DeploymentId": "d4"}
    ),
    "s3": Part(
        "s3", "", SITE, hashlib.sha256(CONTENT).hexdigest(), {"bucket": "site", "apiBaseurl": "u", "version": "v1"}, {}
    ),
}
EVENT = {"environment": "prod", "execution": "e-1"}
API = "API a1/prod is deployment d4"
FUNCTION = "function f:live is version 7"


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> dict[str, Part]:
    """The parts on record; a test may take some away."""
    parts = dict(PARTS)
    monkeypatch.setenv(rollback.ARTIFACT_BUCKET, "artifact-bucket")
    monkeypatch.setattr(release, "read", lambda _store, bucket, *named: parts if (bucket, named) == WANTED else {})
    return parts


WANTED = ("artifact-bucket", ("prod", "e-1"))


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Stubber]]:
    """What the function asks of AWS, by the name of its client."""
    made = {}
    for name, service in {"functions": "lambda", "apis": "apigateway", "sites": "s3"}.items():
        client = get_session().create_client(
            service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        monkeypatch.setattr(clients, name, lambda client=client: client)
        made[name] = Stubber(client)
        made[name].activate()
    yield made
    for stub in made.values():
        stub.assert_no_pending_responses()


def checks(stubs: dict[str, Stubber]) -> None:
    """All that the release needs is there."""
    functions, apis, sites = stubs["functions"], stubs["apis"], stubs["sites"]
    functions.add_response("get_function_configuration", {}, {"FunctionName": "f", "Qualifier": "7"})
    functions.add_response("get_alias", {}, {"FunctionName": "f", "Name": "live"})
    apis.add_response("get_deployment", {"id": "d4"}, {"restApiId": "a1", "deploymentId": "d4"})
    apis.add_response("get_stage", {}, {"restApiId": "a1", "stageName": "prod"})
    sites.add_response("list_objects_v2", {}, {"Bucket": "site", "MaxKeys": 1})
    sites.add_response("head_object", {}, {"Bucket": SITE.bucket, "Key": SITE.key})
    body = {"Body": io.BytesIO(CONTENT), "ContentLength": len(CONTENT)}
    sites.add_response("get_object", body, {"Bucket": SITE.bucket, "Key": SITE.key})


def stage_moves(stubs: dict[str, Stubber]) -> None:
    operation = {"op": "replace", "path": "/deploymentId", "value": "d4"}
    asked = {"restApiId": "a1", "stageName": "prod", "patchOperations": [operation]}
    stubs["apis"].add_response("update_stage", {}, asked)


ALIAS = {
    "FunctionName": "f",
    "Name": "live",
    "FunctionVersion": "7",
    "RoutingConfig": {"AdditionalVersionWeights": {}},
    "RevisionId": "r1",
}


def alias_moves(stubs: dict[str, Stubber]) -> None:
    stubs["functions"].add_response("get_alias", {"RevisionId": "r1"}, {"FunctionName": "f", "Name": "live"})
    stubs["functions"].add_response("update_alias", {}, ALIAS)


def deliver(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> list[dict[str, str]]:
    """Have deliveries of a site end so; answers what is asked of them."""
    asked: list[dict[str, str]] = []

    def begin(order: Any, fetched: Path) -> Any:
        assert fetched.read_bytes() == CONTENT
        asked.append(order.given)
        return outcome

    monkeypatch.setattr(site, "KIND", Kind((), begin))
    return asked


@pytest.fixture
def answer(context: type[Context]) -> Callable[[], dict[str, Any]]:
    return lambda: rollback.handler(EVENT, context(300))


def test_the_stage_and_the_alias_move_then_the_site_is_delivered_as_it_was(
    answer: Callable[[], dict[str, Any]], stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    checks(stubs)
    stage_moves(stubs)
    alias_moves(stubs)
    asked = deliver(monkeypatch, Succeeded("2 uploaded"))

    assert answer() == {"moved": [API, FUNCTION, "site site is version v1: 2 uploaded"]}
    assert asked == [PARTS["s3"].given]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (("lambda", "apigateway", "s3"), "No release of execution e-1 is on record for prod; nothing has moved"),
        (("s3",), "The release e-1 of prod is incomplete: its site never got there; nothing has moved"),
        (("lambda", "apigateway"), "its function and API never got there; nothing has moved"),
    ],
)
def test_a_release_that_is_not_there_as_a_whole_moves_nothing(
    answer: Callable[[], dict[str, Any]],
    stubs: dict[str, Stubber],
    recorded: dict[str, Part],
    missing: tuple[str, ...],
    told: str,
) -> None:
    for kind in missing:
        del recorded[kind]

    found = answer()

    assert stubs
    assert found["moved"] == []
    assert told in found["error"]


@pytest.mark.parametrize(
    ("operation", "code", "told"),
    [
        ("get_function_configuration", "ResourceNotFoundException", "the version 7 of the function f"),
        ("get_alias", "ResourceNotFoundException", "the alias live of the function f"),
        ("get_deployment", "NotFoundException", "the deployment d4 of the API a1"),
        ("get_stage", "NotFoundException", "the stage prod of the API a1"),
        ("list_objects_v2", "NoSuchBucket", "the bucket site of the site"),
        ("head_object", "404", "the artifact s3://artifact-bucket/small/DistSiteOu/x"),
    ],
)
def test_what_the_release_needs_and_is_gone_is_told_before_anything_moves(
    answer: Callable[[], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    code: str,
    told: str,
) -> None:
    absent = Absent(operation, code)
    for name in ("functions", "apis", "sites"):
        monkeypatch.setattr(clients, name, lambda: absent)

    assert answer() == {
        "error": f"The release needs {told}, which is there no longer; nothing has moved",
        "moved": [],
    }


class Absent:
    """A client of everything; one operation finds nothing, the others find what they are asked for."""

    def __init__(self, operation: str, code: str) -> None:
        self._operation, self._code = operation, code

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def answer(**_request: Any) -> Any:
            assert not operation.startswith("update")
            if operation == self._operation:
                raise ClientError({"Error": {"Code": self._code, "Message": "gone"}}, operation)
            return {"Body": io.BytesIO(CONTENT)}

        return answer


@pytest.mark.parametrize("outcome", [Failed("S3 kept 2 stale files"), Continued("half")])
def test_a_failure_in_the_middle_says_what_moved_and_that_it_can_be_repeated(
    answer: Callable[[], dict[str, Any]], stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch, outcome: Any
) -> None:
    checks(stubs)
    stage_moves(stubs)
    alias_moves(stubs)
    deliver(monkeypatch, outcome)

    found = answer()

    assert found["moved"] == [API, FUNCTION]
    assert f"; moved so far: {API}, {FUNCTION}. The same rollback can be repeated" in found["error"]


def test_an_alias_that_somebody_else_moves_is_left_to_them(
    answer: Callable[[], dict[str, Any]], stubs: dict[str, Stubber]
) -> None:
    checks(stubs)
    stage_moves(stubs)
    stubs["functions"].add_response("get_alias", {"RevisionId": "r1"}, {"FunctionName": "f", "Name": "live"})
    stubs["functions"].add_client_error("update_alias", "PreconditionFailedException", expected_params=ALIAS)

    found = answer()

    assert found["moved"] == [API]
    assert found["error"].startswith(f"Somebody else moved f:live meanwhile; moved so far: {API}. ")


def test_what_aws_refuses_is_told_with_what_to_do(
    answer: Callable[[], dict[str, Any]], stubs: dict[str, Stubber]
) -> None:
    checks(stubs)
    stubs["apis"].add_client_error("update_stage", "AccessDeniedException", "not authorized")

    found = answer()

    assert found["moved"] == []
    assert found["error"].startswith("AWS did not allow UpdateStage; a role lacks the permission")
    assert found["error"].endswith("; nothing has moved")
