from __future__ import annotations

import io
import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.errors import Error
from serverless_pipeline.project import releases
from serverless_pipeline.project.releases import Api, Function, Release, Site
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMIT = "0123456789abcdef" * 2 + "01234567"
SETTINGS = Settings(stack_name="shop")
TIMES = {"cloudformation": "00:00:00", "lambda": "00:00:01", "apigateway": "00:00:02", "s3": "00:00:03"}


def record(kind: str, execution: str, parameters: dict[str, str], *, day: int = 2, **variables: str) -> dict[str, Any]:
    """What a deploy writes; each a second after the one before."""
    return {
        "type": kind,
        "execution": execution,
        "version": "20260102-030405",
        "time": f"2026-01-{day:02}T{TIMES[kind]}.000+00:00",
        "given": parameters,
        "variables": variables,
    }


def records(execution: str, function: str, deployment: str, version: str, *, day: int = 2) -> list[dict[str, Any]]:
    """All that the deploys of an execution write."""
    return [
        record("s3", execution, {"bucket": "site", "version": version}, day=day),
        record("lambda", execution, {"function": "f", "alias": "live"}, day=day, FunctionVersion=function),
        record("apigateway", execution, {"api": "a", "stage": "prod"}, day=day, DeploymentId=deployment),
    ]


def named(name: str, one: dict[str, Any]) -> dict[str, Any]:
    """A record of a part that has a name, as the deploys write it beside a stack."""
    return one | {"part": name}


def of_stack(execution: str, *parts: str, day: int = 2) -> dict[str, Any]:
    """What the deploy of a stack writes, with the names of what belongs to the release besides."""
    variables = {"Release_Parts": ",".join(parts)} if parts else {}
    return named("Stack", record("cloudformation", execution, {"stack": "shop-prod"}, day=day, **variables))


NEW = Release.from_records(records("new", "8", "d8", "v8"))
OLD = Release.from_records(records("old", "7", "d7", "v7", day=1))


def test_a_release_is_read_from_what_its_deploys_wrote_and_is_as_old_as_the_last() -> None:
    whole = Release(
        "new",
        "20260102-030405",
        datetime(2026, 1, 2, 0, 0, 3, tzinfo=UTC),
        {"lambda": Function("f", "live", "8"), "apigateway": Api("a", "prod", "d8"), "s3": Site("site", "v8")},
        frozenset({"lambda", "apigateway", "s3"}),
    )

    assert Release.from_records(records("new", "8", "d8", "v8")) == whole


def test_a_release_of_which_one_part_got_there_is_as_old_as_that() -> None:
    (first, *_) = records("new", "8", "d8", "v8")

    release = Release.from_records([first])

    assert release == Release("new", "20260102-030405", NEW.time, {"s3": Site("site", "v8")}, NEW.names)


@pytest.mark.parametrize("value", [NEW, *NEW.parts.values()])
def test_what_is_on_record_cannot_be_changed(value: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        value.version = value.id = "another"


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_release_of_earlier_years_is_complete_when_function_api_and_site_got_there(missing: int) -> None:
    partial = records("new", "8", "d8", "v8")
    del partial[missing]

    assert NEW.is_complete
    assert not Release.from_records(partial).is_complete


def function(name: str, version: str, execution: str = "new") -> dict[str, Any]:
    """The record of one of several functions."""
    return named(name, record("lambda", execution, {"function": name, "alias": "live"}, FunctionVersion=version))


def test_a_release_is_complete_when_its_stack_and_all_that_it_names_got_there() -> None:
    stack_, *functions = of_stack("new", "Orders", "Stock"), function("Orders", "1"), function("Stock", "2")

    whole = Release.from_records([stack_, *functions])

    assert whole.is_complete
    assert whole.parts == {"Orders": Function("Orders", "live", "1"), "Stock": Function("Stock", "live", "2")}
    assert not Release.from_records([stack_, functions[0]]).is_complete
    assert not Release.from_records([stack_]).is_complete


def test_a_release_whose_stack_never_got_there_is_incomplete_whatever_did() -> None:
    release = Release.from_records([function("Orders", "1")])

    assert (release.is_complete, release.names) == (False, None)


def test_a_stack_alone_is_a_release_of_its_own() -> None:
    release = Release.from_records([of_stack("new")])

    assert (release.is_complete, release.names, release.parts) == (True, frozenset(), {})


def test_of_stacks_alone_the_newest_is_in_place() -> None:
    new, old = (Release.from_records([of_stack(name, day=day)]) for name, day in (("new", 2), ("old", 1)))

    assert current(object(), [new, old]) is new


@pytest.mark.parametrize(
    ("version", "commit"),
    [(COMMIT, COMMIT), ("20260102-030405", None), (COMMIT[1:], None), (f"{COMMIT}0", None), (COMMIT.upper(), None)],
)
def test_a_version_of_forty_hex_digits_is_a_commit(version: str, commit: str | None) -> None:
    assert Release("e", version, NEW.time, {}).commit == commit


def test_the_bucket_is_an_output_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = {"shop": Stack("shop", "arn", Status.CREATE_COMPLETE, {"ArtifactBucketName": "artifacts"})}
    monkeypatch.setattr(stack, "demand", lambda _, name: stacks[name])

    assert releases.bucket(SETTINGS, SimpleNamespace()) == "artifacts"  # type: ignore[arg-type]


def test_a_stack_without_a_bucket_is_told_with_its_status_and_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stack, "demand", lambda *_: Stack("shop", "arn", Status.CREATE_IN_PROGRESS))

    with pytest.raises(Error) as raised:
        releases.bucket(SETTINGS, SimpleNamespace())  # type: ignore[arg-type]

    assert str(raised.value) == (
        "The stack shop is CREATE_IN_PROGRESS; it has no artifact bucket.\n  Next: invoke pipeline.up"
    )


class Bucket:
    """A bucket in memory, listed in pages of two objects."""

    def __init__(self, name: str, objects: Mapping[str, Any]) -> None:
        self._name = name
        self._objects = objects

    def get_paginator(self, operation: str) -> Bucket:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - as botocore spells them
        assert Bucket == self._name
        keys = [key for key in sorted(self._objects) if key.startswith(Prefix)]
        yield from ({"Contents": [{"Key": key} for key in keys[at : at + 2]]} for at in range(0, len(keys), 2))
        yield {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as botocore spells them
        assert Bucket == self._name
        found = self._objects[Key]
        return {"Body": io.BytesIO(found if isinstance(found, bytes) else json.dumps(found).encode())}


def read(objects: Mapping[str, Any], environment: str) -> list[Release]:
    clients: Any = SimpleNamespace(s3=Bucket("artifacts", objects))
    return releases.read(clients, "artifacts", environment)


def test_the_releases_of_an_environment_are_listed_newest_first_whatever_the_order_of_their_names() -> None:
    of_each = {"b": 2, "c": 3, "a": 1}
    objects = {
        f"releases/prod/{execution}/{part['type']}.json": part
        for execution, day in of_each.items()
        for part in records(execution, "7", "d7", "v7", day=day)
    }
    objects["releases/production/x/s3.json"] = objects["releases/test/y/s3.json"] = {"type": "another"}

    history = read(objects, "Prod")

    assert [release.execution for release in history] == ["c", "b", "a"]
    assert history == [Release.from_records(records(name, "7", "d7", "v7", day=of_each[name])) for name in "cba"]


@pytest.mark.parametrize(
    "damaged",
    [
        *(b"", b"{", b"\xff", b"[" * 100_000, None, [], {}, "text", {"type": "s3"}),
        record("lambda", "b", {"function": "f"}),
        record("s3", "b", {"bucket": "site", "version": "v1"}) | {"time": "yesterday"},
        record("s3", "b", {"bucket": "site", "version": "v1"}) | {"time": "2026-01-02T03:04:05"},
        record("s3", "b", {"bucket": "site", "version": "v1"}) | {"variables": None, "type": "cloudformation"},
        record("s3", "another", {"bucket": "site", "version": "v1"}),
    ],
)
def test_what_is_no_record_is_told_and_loses_no_other_release(damaged: Any, capsys: pytest.CaptureFixture[str]) -> None:
    objects = {f"releases/prod/a/{one['type']}.json": one for one in records("a", "7", "d7", "v7")}

    history = read(objects | {"releases/prod/b/s3.json": damaged}, "Prod")

    assert history == [Release.from_records(records("a", "7", "d7", "v7"))]
    assert (
        capsys.readouterr().err == "Left out   s3://artifacts/releases/prod/b/s3.json: it is no record of a release\n"
    )


def test_an_environment_without_a_record_has_no_release() -> None:
    assert read({"releases/test/y/s3.json": {}}, "Prod") == []


class Environment:
    """An environment with a version of each part in place; all clients in one."""

    def __init__(self, function: str, deployment: str, config: Any) -> None:
        self.alias = {"FunctionVersion": function}
        self.stage = {"deploymentId": deployment}
        self.config = json.dumps(config).encode()

    def get_alias(self, **request: str) -> dict[str, str]:
        assert request == {"FunctionName": "f", "Name": "live"}
        return self.alias

    def get_stage(self, **request: str) -> dict[str, str]:
        assert request == {"restApiId": "a", "stageName": "prod"}
        return self.stage

    def get_object(self, **request: str) -> dict[str, Any]:
        assert request == {"Bucket": "site", "Key": "config.json"}
        return {"Body": io.BytesIO(self.config)}


def in_place(function: str, deployment: str, version: str) -> Environment:
    return Environment(function, deployment, {"version": version})


def current(environment: object, history: list[Release]) -> Release | None:
    clients: Any = SimpleNamespace(functions=environment, apis=environment, s3=environment)
    return releases.current(clients, history)


@pytest.mark.parametrize(("versions", "expected"), [(("8", "d8", "v8"), NEW), (("7", "d7", "v7"), OLD)])
def test_the_current_release_is_the_one_in_place(versions: tuple[str, str, str], expected: Release) -> None:
    assert current(in_place(*versions), [NEW, OLD]) is expected


@pytest.mark.parametrize("versions", [("8", "d7", "v7"), ("7", "d8", "v7"), ("7", "d7", "v8")])
def test_a_mixture_is_no_release(versions: tuple[str, str, str]) -> None:
    assert current(in_place(*versions), [NEW, OLD]) is None


def test_of_two_releases_of_the_same_code_the_deployment_tells_which_is_current() -> None:
    again = Release.from_records(records("again", "7", "d9", "v7"))

    assert current(in_place("7", "d7", "v7"), [again, OLD]) is OLD


def test_of_two_releases_that_are_the_same_the_newer_is_current() -> None:
    again = Release.from_records(records("again", "7", "d7", "v7"))

    assert current(in_place("7", "d7", "v7"), [again, OLD]) is again


def test_what_is_incomplete_is_not_current_and_not_looked_for() -> None:
    partial = Release.from_records(records("new", "8", "d8", "v8")[:2])

    assert current(in_place("7", "d7", "v7"), [partial, OLD]) is OLD
    assert current(object(), [partial]) is None
    assert current(object(), []) is None


def test_a_site_whose_config_somebody_replaced_is_of_no_release() -> None:
    assert current(Environment("8", "d8", {}), [NEW]) is None


def test_an_environment_that_is_gone_has_no_current_release(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = in_place("8", "d8", "v8")
    monkeypatch.setattr(environment, "get_stage", refuse("NotFoundException"))

    assert current(environment, [NEW]) is None


def test_a_refusal_is_no_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = in_place("8", "d8", "v8")
    monkeypatch.setattr(environment, "get_stage", refuse("AccessDeniedException"))

    with pytest.raises(ClientError):
        current(environment, [NEW])


def refuse(code: str) -> Any:
    def answer(**_request: str) -> None:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetStage")

    return answer
