from __future__ import annotations

import hashlib
import io
import time
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas import rollback
from lambdas.delivery import release, site
from lambdas.delivery.invalidation import Invalidation
from lambdas.delivery.order import Order
from lambdas.delivery.release import Part
from lambdas.delivery.site_progress import Progress
from lambdas.job import clients
from lambdas.job.ending import Continued, JobError, Succeeded
from lambdas.job.job import Artifact
from tests.support.store import zipped
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from botocore.client import BaseClient
    from botocore.stub import Stubber

    from tests.support.functions import Context

    RollBack = Callable[[], dict[str, Any]]

CONTENT = b"the site"
DIGEST, OTHER_DIGEST = (hashlib.sha256(content).hexdigest() for content in (CONTENT, b"another site"))
SITE = Artifact("DistSiteOutput", "artifact-bucket", "small/DistSiteOu/x")
SITE_PARAMETERS = {"bucket": "site", "apiBaseurl": "u", "version": "v1"}
PARTS = {
    "lambda": Part(
        "lambda", "", Artifact("A", "b", "k"), "", {"function": "f", "alias": "live"}, {"FunctionVersion": "7"}
    ),
    "apigateway": Part(
        "apigateway", "", Artifact("B", "b", "k"), "", {"api": "a1", "stage": "prod"}, {"DeploymentId": "d4"}
    ),
    "s3": Part("s3", "", SITE, DIGEST, SITE_PARAMETERS, {}),
}
PACKAGE = Artifact("PackageOutput", "artifact-bucket", "small/PackageOut/x")
STACKED = {
    "Stack": Part(
        "cloudformation", "", PACKAGE, "", {"stack": "small-prod"}, {"Release_Parts": "Site,Orders,Api,Users"}
    ),
    "Orders": Part("lambda", "", PACKAGE, "", {"function": "o", "alias": "live"}, {"FunctionVersion": "7"}),
    "Users": Part("lambda", "", PACKAGE, "", {"function": "u", "alias": "live"}, {"FunctionVersion": "3"}),
    "Api": PARTS["apigateway"],
    "Site": replace(PARTS["s3"], artifact=PACKAGE, path="deliveries/Site.zip"),
}
EVENT = {"environment": "prod", "execution": "e-1"}
LIVE = {"FunctionName": "f", "Name": "live"}
PROD = {"restApiId": "a1", "stageName": "prod"}
MOVE = LIVE | {"FunctionVersion": "7", "RoutingConfig": {"AdditionalVersionWeights": {}}, "RevisionId": "r1"}
API = "API a1/prod is deployment d4"
FUNCTION = "function f:live is version 7"
WAITING = Progress("2 uploaded", {})
REPEAT = "The same rollback can be repeated, it ends what was begun"


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Part]:
    """The parts on record; a test may take some away."""
    parts = dict(PARTS)
    monkeypatch.setenv("ARTIFACT_BUCKET", "artifact-bucket")
    records = {("artifact-bucket", "prod", "e-1"): parts}
    monkeypatch.setattr(release, "read", lambda _store, *place: records[place])
    return parts


@dataclass(frozen=True)
class Aws:
    """What the function asks of AWS."""

    functions: Stubber
    apis: Stubber
    s3: Stubber

    def expect_checks(self, *, refused: str = "", code: str = "", **state: Any) -> None:
        """All that the release needs is there, up to an operation that is refused; nothing is asked after that."""
        for stub, operation, request, response in self._checks(**state):
            if operation == refused:
                stub.add_client_error(operation, code, expected_params=request)
                return
            stub.add_response(operation, response, request)

    def expect_stage_to_move(self) -> None:
        operation = {"op": "replace", "path": "/deploymentId", "value": "d4"}
        self.apis.add_response("update_stage", {}, PROD | {"patchOperations": [operation]})

    def expect_alias_to_move(self) -> None:
        self.functions.add_response("update_alias", {}, MOVE)

    def expect_function(self, name: str, wanted: str, *, code: str = "") -> None:
        """The wanted version of a function is there, and its alias at version 9; or a code says that it is not."""
        place = {"FunctionName": name, "Qualifier": wanted}
        if code:
            self.functions.add_client_error("get_function_configuration", code, expected_params=place)
            return
        self.functions.add_response("get_function_configuration", {}, place)
        self.functions.add_response("get_alias", alias("9", "r1"), {"FunctionName": name, "Name": "live"})

    def expect_api(self) -> None:
        self.apis.add_response("get_deployment", {"id": "d4"}, {"restApiId": "a1", "deploymentId": "d4"})
        self.apis.add_response("get_stage", {"deploymentId": "d5"}, PROD)

    def expect_package(self, files: Mapping[str, bytes]) -> None:
        """The bucket of the site is there, and the package holds this."""
        artifact, content = {"Bucket": PACKAGE.bucket, "Key": PACKAGE.key}, zipped(files)
        self.s3.add_response("list_objects_v2", {}, {"Bucket": "site", "MaxKeys": 1})
        self.s3.add_response("head_object", {}, artifact)
        self.s3.add_response("get_object", {"Body": io.BytesIO(content), "ContentLength": len(content)}, artifact)

    def _checks(
        self, version: str = "8", weights: dict[str, float] | None = None, deployment: str = "d5", site: bytes = CONTENT
    ) -> Iterator[tuple[Stubber, str, dict[str, Any], dict[str, Any]]]:
        artifact = {"Bucket": SITE.bucket, "Key": SITE.key}
        current = alias(version, "r1") | {"RoutingConfig": {"AdditionalVersionWeights": weights or {}}}
        yield self.functions, "get_function_configuration", {"FunctionName": "f", "Qualifier": "7"}, {}
        yield self.functions, "get_alias", LIVE, current
        yield self.apis, "get_deployment", {"restApiId": "a1", "deploymentId": "d4"}, {"id": "d4"}
        yield self.apis, "get_stage", PROD, {"deploymentId": deployment}
        yield self.s3, "list_objects_v2", {"Bucket": "site", "MaxKeys": 1}, {}
        yield self.s3, "head_object", artifact, {}
        yield self.s3, "get_object", artifact, {"Body": io.BytesIO(site), "ContentLength": len(site)}


def alias(version: str, revision: str) -> dict[str, Any]:
    return {"Name": "live", "FunctionVersion": version, "RevisionId": revision}


@pytest.fixture(scope="module")
def services() -> list[BaseClient]:
    return [session().client("lambda"), session().client("apigateway"), session().client("s3")]


@pytest.fixture
def aws(services: list[BaseClient], monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name, client in zip(("functions", "apis", "s3"), services, strict=True):
        monkeypatch.setattr(clients, name, lambda client=client: client)
    functions, apis, s3 = map(stubbed, services)
    with functions as first, apis as second, s3 as third:
        yield Aws(first, second, third)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """What is ordered of the delivery of a site, which succeeds."""
    orders: list[Order] = []

    def deploy(order: Order, zip_file: Path) -> Succeeded:
        assert zip_file.read_bytes() == CONTENT
        orders.append(order)
        return Succeeded("2 uploaded")

    monkeypatch.setattr(site, "deploy", deploy)
    return orders


@pytest.fixture
def roll_back(context: type[Context]) -> RollBack:
    return lambda: rollback.handler(EVENT, context(300))


def test_the_stage_and_the_alias_move_then_the_site_is_delivered_as_it_was(
    roll_back: RollBack, aws: Aws, orders: list[Order], scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.expect_checks()
    aws.expect_stage_to_move()
    aws.expect_alias_to_move()
    before = time.monotonic()

    answer = roll_back()

    moved = [API, FUNCTION, "site site is version v1: 2 uploaded"]
    (order,) = orders
    assert answer == {"moved": moved}
    assert order == Order(SITE_PARAMETERS, SITE, order.deadline, order.job_id, "roll back again", "roll back again")
    assert order.job_id.startswith("rollback-")
    assert before + 300 - 10 <= order.deadline <= time.monotonic() + 300 - 10
    assert capsys.readouterr().out.splitlines() == [f"Moved: {step}" for step in moved]
    assert list(scratch.iterdir()) == []


@pytest.mark.usefixtures("orders")
def test_a_second_time_changes_neither_the_stage_nor_the_alias(roll_back: RollBack, aws: Aws) -> None:
    aws.expect_checks(version="7", deployment="d4")

    assert roll_back() == {"moved": [API, FUNCTION, "site site is version v1: 2 uploaded"]}


@pytest.mark.usefixtures("orders")
def test_weights_that_a_stopped_shift_left_are_taken_away(roll_back: RollBack, aws: Aws) -> None:
    aws.expect_checks(version="7", weights={"8": 0.1}, deployment="d4")
    aws.expect_alias_to_move()

    assert "error" not in roll_back()


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (("lambda", "apigateway", "s3"), "No release of execution e-1 is on record for prod"),
        (("s3",), "The release e-1 of prod is incomplete: its site never got there"),
        (("lambda", "apigateway"), "The release e-1 of prod is incomplete: its function and API never got there"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_a_release_that_is_not_there_as_a_whole_moves_nothing(
    roll_back: RollBack,
    parts: dict[str, Part],
    capsys: pytest.CaptureFixture[str],
    missing: tuple[str, ...],
    message: str,
) -> None:
    for type_ in missing:
        del parts[type_]

    assert roll_back() == {"error": f"{message}; nothing has moved", "moved": []}
    assert capsys.readouterr().out == f"Failed: {message}\n"


@pytest.mark.parametrize(
    ("operation", "code", "thing"),
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
    roll_back: RollBack, aws: Aws, operation: str, code: str, thing: str
) -> None:
    aws.expect_checks(refused=operation, code=code)

    assert roll_back() == {
        "error": f"The release needs {thing}, which is there no longer; nothing has moved",
        "moved": [],
    }


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("get_function_configuration", "GetFunctionConfiguration"),
        ("get_alias", "GetAlias"),
        ("get_deployment", "GetDeployment"),
        ("get_stage", "GetStage"),
        ("list_objects_v2", "ListObjectsV2"),
        ("head_object", "HeadObject"),
    ],
)
def test_what_cannot_be_looked_at_is_not_taken_for_gone(
    roll_back: RollBack, aws: Aws, operation: str, name: str
) -> None:
    aws.expect_checks(refused=operation, code="AccessDeniedException")

    answer = roll_back()

    assert answer["error"].startswith(f"AWS did not allow {name}; a role lacks the permission")
    assert answer["moved"] == []


def test_another_artifact_than_the_one_that_was_delivered_is_refused(
    roll_back: RollBack, aws: Aws, scratch: Path
) -> None:
    aws.expect_checks(site=b"another site")

    assert roll_back() == {
        "error": f"{SITE.url} is not what was delivered: its digest is {OTHER_DIGEST}, not {DIGEST}; nothing has moved",
        "moved": [],
    }
    assert list(scratch.iterdir()) == []


def test_a_failure_in_the_middle_says_what_moved_and_that_it_can_be_repeated(
    roll_back: RollBack, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deploy(_order: Order, _zip_file: Path) -> Succeeded:
        raise JobError("S3 kept 2 stale files")

    aws.expect_checks()
    aws.expect_stage_to_move()
    aws.expect_alias_to_move()
    monkeypatch.setattr(site, "deploy", deploy)

    assert roll_back() == {
        "error": f"S3 kept 2 stale files; moved so far: {API}, {FUNCTION}. {REPEAT}",
        "moved": [API, FUNCTION],
    }


@pytest.fixture
def stacked(parts: dict[str, Part]) -> dict[str, Part]:
    """A release of a stack and what fills it; a test may take some away."""
    parts.clear()
    parts.update(STACKED)
    return parts


@pytest.mark.usefixtures("stacked")
def test_all_parts_that_the_stack_names_move_apis_first_and_sites_last(
    roll_back: RollBack, aws: Aws, orders: list[Order], scratch: Path
) -> None:
    aws.expect_package({"deliveries/Site.zip": CONTENT, "deliveries/Orders.zip": b"the code"})
    aws.expect_function("o", "7")
    aws.expect_api()
    aws.expect_function("u", "3")
    aws.expect_stage_to_move()
    aws.functions.add_response("update_alias", {}, MOVE | {"FunctionName": "o"})
    aws.functions.add_response("update_alias", {}, MOVE | {"FunctionName": "u", "FunctionVersion": "3"})

    answer = roll_back()

    moved = [API, "function o:live is version 7", "function u:live is version 3", "site site is version v1: 2 uploaded"]
    assert answer == {"moved": moved}
    assert [order.artifact for order in orders] == [PACKAGE]
    assert list(scratch.iterdir()) == []


def test_two_sites_of_one_package_are_delivered_each_from_its_file(
    roll_back: RollBack, aws: Aws, stacked: dict[str, Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    contents: list[bytes] = []

    def deploy(_order: Order, zip_file: Path) -> Succeeded:
        contents.append(zip_file.read_bytes())
        return Succeeded("done")

    admin = replace(stacked["Site"], path="deliveries/Admin.zip", digest=hashlib.sha256(b"the admin").hexdigest())
    stack = replace(stacked["Stack"], variables={"Release_Parts": "Site,Admin"})
    stacked.update(Stack=stack, Admin=admin)
    monkeypatch.setattr(site, "deploy", deploy)
    for _ in range(2):
        aws.expect_package({"deliveries/Site.zip": CONTENT, "deliveries/Admin.zip": b"the admin"})

    assert len(roll_back()["moved"]) == 2
    assert contents == [CONTENT, b"the admin"]


@pytest.mark.usefixtures("stacked")
def test_where_one_of_several_functions_is_gone_nothing_moves(roll_back: RollBack, aws: Aws, scratch: Path) -> None:
    aws.expect_package({"deliveries/Site.zip": CONTENT})
    aws.expect_function("o", "7")
    aws.expect_api()
    aws.expect_function("u", "3", code="ResourceNotFoundException")

    assert roll_back() == {
        "error": "The release needs the version 3 of the function u, which is there no longer; nothing has moved",
        "moved": [],
    }
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "The input artifact PackageOutput holds no deliveries/Site.zip; release the change again"),
        (
            {"deliveries/Site.zip": b"another site"},
            f"{PACKAGE.url} is not what was delivered: its digest is {OTHER_DIGEST}, not {DIGEST}",
        ),
    ],
)
@pytest.mark.usefixtures("stacked")
def test_a_package_without_the_file_that_was_delivered_moves_nothing(
    roll_back: RollBack, aws: Aws, files: dict[str, bytes], reason: str
) -> None:
    aws.expect_package(files)

    assert roll_back() == {"error": f"{reason}; nothing has moved", "moved": []}


@pytest.mark.usefixtures("aws")
def test_parts_that_never_got_there_are_told_by_the_names_that_the_stack_gives_them(
    roll_back: RollBack, stacked: dict[str, Part]
) -> None:
    del stacked["Orders"], stacked["Api"]

    assert roll_back() == {
        "error": "The release e-1 of prod is incomplete: its Orders and Api never got there; nothing has moved",
        "moved": [],
    }


@pytest.mark.parametrize("variables", [{}, {"Release_Parts": ""}])
@pytest.mark.usefixtures("aws")
def test_a_stack_alone_has_no_way_back(roll_back: RollBack, parts: dict[str, Part], variables: dict[str, str]) -> None:
    parts.clear()
    parts["Stack"] = replace(STACKED["Stack"], variables=variables)

    assert roll_back() == {
        "error": "The release e-1 of prod is a stack alone, and CloudFormation has no way back; release the earlier "
        "commit again: git revert, then invoke pipeline.run; nothing has moved",
        "moved": [],
    }


def test_a_part_of_another_type_has_no_way_back_and_nothing_moves(
    roll_back: RollBack, aws: Aws, stacked: dict[str, Part]
) -> None:
    stacked["Users"] = replace(stacked["Users"], type="amplify")
    aws.expect_package({"deliveries/Site.zip": CONTENT})
    aws.expect_function("o", "7")
    aws.expect_api()

    assert roll_back() == {
        "error": "The part Users of the release is of the type amplify, and has no way back; nothing has moved",
        "moved": [],
    }


def test_the_stacks_of_a_release_name_its_parts_together_and_no_other_part_moves(
    roll_back: RollBack, aws: Aws, stacked: dict[str, Part]
) -> None:
    stacked["Stack"] = replace(stacked["Stack"], variables={"Release_Parts": "Orders"})
    stacked["Second"] = replace(stacked["Stack"], variables={"Release_Parts": "Api"})
    aws.expect_function("o", "7")
    aws.expect_api()
    aws.expect_stage_to_move()
    aws.functions.add_response("update_alias", {}, MOVE | {"FunctionName": "o"})

    assert roll_back() == {"moved": [API, "function o:live is version 7"]}


@pytest.mark.usefixtures("stacked")
def test_an_alias_that_somebody_else_moves_stops_what_comes_after_it(roll_back: RollBack, aws: Aws) -> None:
    aws.expect_package({"deliveries/Site.zip": CONTENT})
    aws.expect_function("o", "7")
    aws.expect_api()
    aws.expect_function("u", "3")
    aws.expect_stage_to_move()
    aws.functions.add_client_error("update_alias", "PreconditionFailedException")
    aws.functions.add_response("get_alias", alias("8", "r2"), {"FunctionName": "o", "Name": "live"})

    assert roll_back() == {
        "error": f"Somebody else moved o:live meanwhile; roll back again; moved so far: {API}. {REPEAT}",
        "moved": [API],
    }


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a rollback waited; a site is delivered as far as the distribution before it."""
    waits: list[float] = []
    monkeypatch.setattr(rollback, "time", SimpleNamespace(monotonic=time.monotonic, sleep=waits.append))
    monkeypatch.setattr(site, "deploy", lambda *_: WAITING.after(Invalidation("I1", is_complete=False)))
    return waits


def test_a_rollback_waits_for_the_distribution_before_the_site(
    roll_back: RollBack, aws: Aws, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def resume(order: Order, token: str) -> Succeeded | Continued:
        assert order.parameters == SITE_PARAMETERS
        return Progress.from_token(token).after(Invalidation("I1", is_complete=len(waits) == 3))

    aws.expect_checks(version="7", deployment="d4")
    monkeypatch.setattr(site, "resume", resume)

    assert roll_back()["moved"][-1] == "site site is version v1: 2 uploaded"
    assert waits == [rollback.PAUSE] * 3


def test_an_invalidation_that_has_begun_ends_by_itself_when_the_time_is_up(
    aws: Aws, waits: list[float], context: type[Context]
) -> None:
    aws.expect_checks(version="7", deployment="d4")

    answer = rollback.handler(EVENT, context(10))

    assert answer["moved"][-1] == "site site is version v1: CloudFront is working on the invalidation I1"
    assert waits == []


def test_a_distribution_that_could_not_be_told_is_an_error(
    aws: Aws, waits: list[float], context: type[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.expect_checks(version="7", deployment="d4")
    monkeypatch.setattr(site, "deploy", lambda *_: WAITING.wait())

    answer = rollback.handler(EVENT, context(10))

    assert answer["error"].startswith("CloudFront has too many invalidations in progress")
    assert answer["moved"] == [API, FUNCTION]
    assert waits == []


def test_an_alias_that_somebody_else_moves_is_left_to_them(roll_back: RollBack, aws: Aws) -> None:
    aws.expect_checks()
    aws.expect_stage_to_move()
    aws.functions.add_client_error("update_alias", "PreconditionFailedException", expected_params=MOVE)
    aws.functions.add_response("get_alias", alias("9", "r2"), LIVE)

    assert roll_back() == {
        "error": f"Somebody else moved f:live meanwhile; roll back again; moved so far: {API}. {REPEAT}",
        "moved": [API],
    }


@pytest.mark.usefixtures("orders")
def test_a_move_whose_answer_was_lost_finds_its_own_work(roll_back: RollBack, aws: Aws) -> None:
    aws.expect_checks(version="8")
    aws.expect_stage_to_move()
    aws.functions.add_client_error("update_alias", "PreconditionFailedException", expected_params=MOVE)
    aws.functions.add_response("get_alias", alias("7", "r2"), LIVE)

    assert roll_back() == {"moved": [API, FUNCTION, "site site is version v1: 2 uploaded"]}


def test_what_aws_refuses_is_told_with_what_to_do(roll_back: RollBack, aws: Aws) -> None:
    aws.expect_checks()
    aws.apis.add_client_error("update_stage", "AccessDeniedException", "not authorized")

    answer = roll_back()

    assert answer["moved"] == []
    assert answer["error"].startswith("AWS did not allow UpdateStage; a role lacks the permission")
    assert answer["error"].endswith("; nothing has moved")


def test_a_fault_of_aws_is_told_with_the_way_to_go_on(roll_back: RollBack, aws: Aws) -> None:
    aws.expect_checks(refused="get_alias", code="TooManyRequestsException")

    answer = roll_back()

    assert answer["error"].startswith("AWS was too busy for GetAlias, each time it was tried; roll back again: ")
