"""A build without a sandbox and without AWS: S3 and logs in memory, the processes for real."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.codebuild import build as builds
from serverless_pipeline.local.codebuild.build import Build, Order, Source
from serverless_pipeline.local.codebuild.transfer import Target
from serverless_pipeline.local.codebuild.variables import Variable
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from collections.abc import Iterator

PHASES = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"]


class Services:
    """S3 and CloudWatch Logs, as far as a build needs them."""

    class exceptions:  # noqa: D106, N801 - as boto3 spells it
        class ResourceAlreadyExistsException(Exception):  # noqa: D106
            pass

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.denied = ""

    def create_log_group(self, **_names: str) -> None:
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": self.denied}}, "CreateLogGroup")

    def create_log_stream(self, **_names: str) -> None:
        pass

    def put_log_events(self, *, logEvents: list[dict[str, str]], **_names: str) -> None:  # noqa: N803 - boto3's
        self.lines += [event["message"] for event in logEvents]

    def download_file(self, _bucket: str, key: str, target: str, ExtraArgs: Any) -> None:  # noqa: N803 - boto3's
        assert ExtraArgs is None
        if key not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        Path(target).write_bytes(self.objects[key])

    def upload_file(self, source: str, _bucket: str, key: str, ExtraArgs: Any) -> None:  # noqa: N803 - boto3's
        assert ExtraArgs == {}
        self.objects[key] = Path(source).read_bytes()


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    services = Services()
    monkeypatch.setattr(Credentials, "client", lambda _self, _service: services)
    return services


@pytest.fixture
def nowhere() -> Iterator[None]:
    """A server in which builds have no place."""
    places, builds._places[:] = list(builds._places), []
    yield
    builds._places[:] = places


def order(spec: str, **more: Any) -> Order:
    return Order("p:id", Credentials("role", "url", "r", "k", "secret-key", "t"), "g", "s", spec=spec, **more)


def build(folder: Path, order: Order) -> Build:
    one = Build(order, Place(folder, "url", "none"))
    one.perform()
    return one


def spec(*commands: str, more: str = "") -> str:
    return "\n".join(
        ["version: 0.2", "phases:", "  build:", "    commands:", *(f"      - {one}" for one in commands), more]
    )


def test_a_build_goes_through_its_phases(tmp_path: Path, services: Services) -> None:
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(
            "buildspec.yml", spec("cat word > made", "echo $A $AWS_SECRET_ACCESS_KEY", more="artifacts: {files: made}")
        )
        archive.writestr("word", "hello")
    services.objects["source"] = source.getvalue()
    asked = order(
        "buildspec.yml",
        sources=(Source("", "b/source"),),
        targets={"": Target("b", "k")},
        variables=(Variable("A", "1"),),
    )

    one = build(tmp_path, asked)

    assert (one.status, one.failure) == ("SUCCEEDED", None)
    assert [phase["phaseType"] for phase in one.phases] == [
        *PHASES,
        *("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
    ]
    assert "1 ***" in services.lines
    assert [line for line in services.lines if "no sandbox works" in line]
    with zipfile.ZipFile(io.BytesIO(services.objects["k"])) as archive:
        assert archive.read("made") == b"hello"
    assert list((tmp_path / "builds").iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "failure"),
    [
        (
            order(spec("exit 2")),
            {
                "phase": "BUILD",
                "statusCode": "COMMAND_EXECUTION_ERROR",
                "message": "Error while executing command: exit 2. Reason: exit status 2",
            },
        ),
        (
            order(spec("true", more="artifacts: {files: x}"), targets={"": Target("b", "k")}),
            {
                "phase": "UPLOAD_ARTIFACTS",
                "statusCode": "CLIENT_ERROR",
                "message": "no matching artifact paths found",
            },
        ),
        (
            order(spec("true"), targets={"Other": Target("b", "k")}),
            {
                "phase": "UPLOAD_ARTIFACTS",
                "statusCode": "CLIENT_ERROR",
                "message": "artifacts not defined in buildspec: Other; add them to secondary-artifacts",
            },
        ),
        (
            order("version: 0.2\nphases: {}"),
            {"phase": "DOWNLOAD_SOURCE", "statusCode": "YAML_FILE_ERROR", "message": "phases has no commands"},
        ),
        (
            order(spec("true"), sources=(Source("", "b/gone"),)),
            {
                "phase": "DOWNLOAD_SOURCE",
                "statusCode": "CLIENT_ERROR",
                "message": "error while downloading key gone, error: An error occurred (404) when calling the"
                " HeadObject operation: Not Found",
            },
        ),
    ],
)
def test_a_build_that_fails_says_in_which_phase(
    tmp_path: Path, services: Services, asked: Order, failure: dict[str, str]
) -> None:
    one = build(tmp_path, asked)

    assert (one.status, one.failure) == ("FAILED", failure)
    assert any(failure["message"] in line for line in services.lines)


@pytest.mark.parametrize("path", ["ci/build.yml", "../../../outside"])
def test_a_buildspec_that_is_not_in_the_source_is_named(tmp_path: Path, services: Services, path: str) -> None:
    one = build(tmp_path, order(path))

    assert one.failure is not None
    assert one.failure["message"].endswith(f"/output/src/src/{path}: no such file or directory")
    assert services.lines


def test_a_role_that_may_not_log_ends_the_build_at_once(tmp_path: Path, services: Services) -> None:
    services.denied = "not you"

    one = build(tmp_path, order(spec("true")))

    assert one.failure is not None
    assert (one.failure["phase"], one.failure["statusCode"]) == ("QUEUED", "ACCESS_DENIED")
    assert "Service role role does not allow AWS CodeBuild to create" in one.failure["message"]


def test_a_phase_that_may_fail_is_no_failure(tmp_path: Path, services: Services) -> None:
    text = "version: 0.2\nphases: {build: {on-failure: CONTINUE, commands: ['false']}}"

    one = build(tmp_path, order(text))

    assert (one.status, one.failure) == ("SUCCEEDED", None)
    assert services.lines


def test_a_build_ends_when_its_time_is_over_or_it_is_stopped(tmp_path: Path, services: Services) -> None:
    late = build(tmp_path, order(spec("sleep 600"), seconds=0.5))
    stopped = Build(order(spec("sleep 600")), Place(tmp_path, "url", "none"))
    stopped.stop()
    stopped.perform()

    assert (late.status, stopped.status) == ("TIMED_OUT", "STOPPED")
    assert late.failure is not None
    assert late.failure["statusCode"] == "BUILD_TIMED_OUT"
    assert services.lines


def test_who_listens_is_told_now_and_whenever_something_changes(tmp_path: Path, services: Services) -> None:
    heard: list[str] = []
    one = Build(order(spec("true")), Place(tmp_path, "url", "none"))

    one.listen(lambda build: heard.append(build.phases[-1]["phaseType"]))
    one.perform()

    assert list(dict.fromkeys(heard))[:5] == [*PHASES, "INSTALL"]
    assert heard[-1] == "COMPLETED"
    assert services.lines


@pytest.mark.usefixtures("nowhere")
def test_builds_run_where_they_were_told_to(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no place to run at"):
        builds.here()

    builds.use(Place(tmp_path, "url"))

    assert builds.here() == Place(tmp_path, "url")


def test_an_order_and_its_sources_do_not_change() -> None:
    assert changeable(order("x"), Source("", "b/k")) == []
