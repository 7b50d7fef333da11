"""CodeBuild's operations, with MiniStack's tables and with builds that a test ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.codebuild import build as builds
from serverless_pipeline.local.codebuild import order, service
from serverless_pipeline.local.functions.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARN = "arn:aws:codebuild:us-east-1:000000000000:project/shop"
PROJECT = {
    "name": "shop",
    "arn": ARN,
    "source": {"type": "NO_SOURCE", "buildspec": "x"},
    "environment": {},
    "serviceRole": "role",
}


class Started:
    """A build that does nothing by itself."""

    def __init__(self, asked: Any, _place: Place) -> None:
        self.order = asked
        self.status, self.ended, self.exported = "IN_PROGRESS", 0.0, {"A": "1"}
        self.phases: list[dict[str, Any]] = [{"phaseType": "SUBMITTED"}]
        self.stopped = False

    def listen(self, changed: Callable[[Any], None]) -> None:
        self.changed = changed
        changed(self)

    def perform(self) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True
        self.status, self.ended = "STOPPED", 5.0
        self.changed(self)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where builds run, in a CodeBuild that has one project; orders are the words that they were made of."""
    monkeypatch.setattr(builds, "Build", Started)
    monkeypatch.setattr(order, "make", lambda *words: words[1:])
    monkeypatch.setattr(service, "_perform", lambda *_words: None)
    seams.BUILD_PROJECTS.value.clear()
    seams.BUILDS.value.clear()
    seams.BUILD_PROJECTS.value["shop"] = dict(PROJECT)
    return Place(tmp_path, "url", "none")


def start(place: Place, **request: Any) -> tuple[int, dict[str, Any]]:
    status, _headers, body = service.start(place, {"projectName": "shop", **request})
    return status, json.loads(body)


def test_a_build_is_counted_and_its_document_follows_it(place: Place) -> None:
    start(place)
    status, answer = start(place, idempotencyToken="codepipeline/p/run")

    build = answer["build"]
    assert (status, build["buildNumber"], build["buildStatus"]) == (200, 2, "IN_PROGRESS")
    assert build["initiator"] == "codepipeline/p"
    assert build["currentPhase"] == "SUBMITTED"
    assert build["exportedEnvironmentVariables"] == [{"name": "A", "value": "1"}]
    stream = build["id"].partition(":")[2]
    assert build["logs"]["cloudWatchLogsArn"] == (
        f"arn:aws:logs:us-east-1:000000000000:log-group:/aws/codebuild/shop:log-stream:{stream}"
    )
    assert build["id"] in seams.BUILDS.value


def test_the_same_token_starts_one_build(place: Place) -> None:
    first = start(place, idempotencyToken="t")[1]["build"]["id"]
    second = start(place, idempotencyToken="t")[1]["build"]["id"]

    assert first == second


def test_what_is_refused_is_no_build(place: Place) -> None:
    unknown = start(place, projectName="other")
    unlike = start(place, debugSessionEnabled=True)

    assert (unknown[0], unknown[1]["__type"]) == (400, "ResourceNotFoundException")
    assert (unlike[0], unlike[1]["__type"]) == (400, "InvalidInputException")
    assert dict(seams.BUILDS.value) == {}


def test_a_build_that_runs_is_stopped(place: Place) -> None:
    started = start(place)[1]["build"]
    stop = service.stopping(lambda _request: (404, {}, b"{}"))

    answer = json.loads(stop({"id": started["arn"]})[2])["build"]

    assert (answer["buildStatus"], answer["endTime"]) == ("STOPPED", 5.0)
    assert stop({"id": "shop:other"})[0] == 404


@pytest.mark.usefixtures("place")
def test_every_member_of_a_project_is_kept_or_refused() -> None:
    keep = service.keeping(lambda _request: (200, {}, b"{}"))

    kept = json.loads(keep({"name": "shop", "cache": {"type": "LOCAL"}, "vpcConfig": {"vpcId": "v"}})[2])["project"]
    refused = keep({"name": "shop", "buildBatchConfig": {"serviceRole": "r"}})

    assert (kept["cache"], kept["vpcConfig"]) == ({"type": "LOCAL"}, {"vpcId": "v"})
    assert refused[0] == 400
    assert b"does not imitate buildBatchConfig" in refused[2]


@pytest.mark.usefixtures("place")
def test_a_project_says_what_has_no_effect() -> None:
    seams.BUILD_PROJECTS.value["shop"]["vpcConfig"] = {"vpcId": "v"}

    assert service.remark("shop") == "VpcConfig: builds run on the network of this laptop"
    assert service.remark("other") == ""


@pytest.mark.parametrize(
    ("body", "arn"),
    [
        ({"ids": ["shop:1", "shop:2"]}, ARN),
        ({"id": "arn:aws:codebuild:us-east-1:000000000000:build/shop:1"}, ARN),
        ({"ids": ["shop:1", "other:2"]}, "*"),
        ({}, "*"),
    ],
)
def test_builds_are_authorized_by_their_project(body: dict[str, Any], arn: str) -> None:
    extract = service.extracting(lambda *_words: "*")

    request: Any = ("POST", "/", {}, json.dumps(body).encode(), {}, "us-east-1", "000000000000")
    assert extract("codebuild", *request) == arn
    assert extract("ssm", *request) == "*"


@pytest.mark.usefixtures("place")
def test_what_ministack_knows_stays() -> None:
    extract = service.extracting(lambda *_words: "an ARN")

    assert extract("codebuild", "POST", "/", {}, b"{", {}, "us-east-1", "000000000000") == "an ARN"


def test_it_is_installed_with_the_first_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = {"codebuild": None, "cloudformation": None}
    wrapped: list[Any] = []
    monkeypatch.setattr(type(seams.SERVICE_HANDLERS), "value", property(lambda _seam: handlers))
    monkeypatch.setattr(type(seams.SERVICE_HANDLERS), "wrap", lambda seam, _wrapper: wrapped.append(seam.name))
    monkeypatch.setattr(builds, "_places", [])

    service.install(Place(tmp_path, "url"))

    assert all(callable(handler) for handler in handlers.values())
    assert wrapped == ["extract_resource_arn"]
    assert builds.here() == Place(tmp_path, "url")


def test_a_template_makes_and_changes_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def carry_out(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        asked.append(request)
        if request["name"] == "bad":
            return 400, {}, b'{"message": "no"}'
        return 200, {}, json.dumps({"project": {"arn": ARN}}).encode()

    monkeypatch.setattr(type(seams.CREATE_PROJECT), "__call__", lambda _seam, request: carry_out(request))

    made = service.create("Logical", {"Name": "shop", "TimeoutInMinutes": "5"}, "stack")
    changed = service.update("shop", {"Description": "old"}, {"Name": "shop"}, "stack")
    moved = service.update("shop", {}, {"Name": "other"}, "stack")

    assert (made, changed, moved) == (("shop", {"Arn": ARN}), ("shop", {"Arn": ARN}), ("other", {"Arn": ARN}))
    assert asked == [{"name": "shop", "timeoutInMinutes": 5}, {"name": "shop", "description": ""}, {"name": "other"}]
    with pytest.raises(ValueError, match="no"):
        service.create("Logical", {"Name": "bad"}, "stack")
