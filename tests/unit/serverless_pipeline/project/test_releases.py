from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import releases
from serverless_pipeline.project.releases import Release
from serverless_pipeline.settings import Settings


def document(kind: str, execution: str, given: dict[str, str], **variables: str) -> dict[str, Any]:
    time = {"lambda": "01", "apigateway": "02", "s3": "03"}[kind]
    return {
        "type": kind,
        "execution": execution,
        "version": given.get("version", "v"),
        "time": f"2026-01-02T00:00:{time}.000+00:00",
        "given": given,
        "variables": variables,
    }


def release(execution: str, function: str, deployment: str, version: str) -> Release:
    return Release.from_documents(
        [
            document("lambda", execution, {"function": "f", "alias": "live"}, FunctionVersion=function),
            document("apigateway", execution, {"api": "a", "stage": "prod"}, DeploymentId=deployment),
            document("s3", execution, {"bucket": "site", "version": version}),
        ]
    )


class Environment:
    """An environment with a version of each part in place; all clients in one."""

    def __init__(self, function: str, deployment: str, version: str) -> None:
        self._alias, self._stage = {"FunctionVersion": function}, {"deploymentId": deployment}
        self._config = json.dumps({"version": version}).encode()

    def get_alias(self, **_asked: str) -> dict[str, str]:
        return self._alias

    def get_stage(self, **_asked: str) -> dict[str, str]:
        return self._stage

    def get_object(self, **_asked: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._config)}


def found_current(environment: Environment, found: list[Release]) -> Release | None:
    everybody = SimpleNamespace(functions=environment, apis=environment, s3=environment)
    return releases.current(everybody, found)  # type: ignore[arg-type]


NEW, OLD = release("new", "8", "d8", "v8"), release("old", "7", "d7", "v7")


@pytest.mark.parametrize(("place", "expected"), [(("8", "d8", "v8"), NEW), (("7", "d7", "v7"), OLD)])
def test_the_current_release_is_the_one_in_place(place: tuple[str, str, str], expected: Release) -> None:
    assert found_current(Environment(*place), [NEW, OLD]) == expected


@pytest.mark.parametrize("place", [("8", "d7", "v7"), ("7", "d8", "v7"), ("7", "d7", "v8")])
def test_a_mixture_is_no_release(place: tuple[str, str, str]) -> None:
    assert found_current(Environment(*place), [NEW, OLD]) is None


def test_of_two_releases_of_the_same_code_the_deployment_tells_which_is_current() -> None:
    again = release("again", "7", "d9", "v7")

    assert found_current(Environment("7", "d7", "v7"), [again, OLD]) == OLD


def test_an_environment_that_is_gone_has_no_current_release(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Environment("8", "d8", "v8")

    def absent(**_asked: str) -> dict[str, str]:
        raise ClientError({"Error": {"Code": "NotFoundException", "Message": ""}}, "GetStage")

    monkeypatch.setattr(gone, "get_stage", absent)

    assert found_current(gone, [NEW]) is None


def test_a_refusal_is_no_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Environment("8", "d8", "v8")

    def refuse(**_asked: str) -> dict[str, str]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "GetStage")

    monkeypatch.setattr(closed, "get_stage", refuse)

    with pytest.raises(ClientError):
        found_current(closed, [NEW])


def test_a_release_is_complete_when_function_api_and_site_got_there() -> None:
    partial = Release.from_documents(OLD.parts[kind] for kind in ("lambda", "apigateway"))

    assert (OLD.complete, partial.complete) == (True, False)
    assert found_current(Environment("7", "d7", "v7"), [partial]) is None


def test_a_release_is_as_old_as_its_last_delivery() -> None:
    assert OLD.time.isoformat() == "2026-01-02T00:00:03+00:00"


@pytest.mark.parametrize(("name", "expected"), [("", "Prod"), ("Test", "Test"), ("prod", "Prod")])
def test_an_environment_is_named_in_any_case_and_production_goes_without_saying(name: str, expected: str) -> None:
    assert releases.environment(Settings(environments=("Test", "Prod")), name) == expected


def test_an_unknown_environment_is_told_with_those_there_are() -> None:
    with pytest.raises(Misconfigured, match="--environment: 'Live' must be one of Test, Prod"):
        releases.environment(Settings(environments=("Test", "Prod")), "Live")
