from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import deployments

METHOD = {"methodIntegration": {"type": "MOCK"}}
RESOURCES = {"root": {"path": "/", "resourceMethods": {"GET": METHOD}}}


class Broken(Exception):
    pass


@pytest.fixture
def resources(empty_ministack: None) -> dict[str, Any]:
    """The resources of the API `api`; its stage `test` serves the deployment `one`, its stage `new` none yet."""
    del empty_ministack
    resources: dict[str, Any] = {"api": {"root": {"path": "/", "resourceMethods": {"GET": dict(METHOD)}}}}
    stages = {"api": {"test": {"deploymentId": "one"}, "new": {"deploymentId": None}}}

    async def execute(*request: Any) -> Any:
        return request, seams.MATCH_RESOURCE_TREE("api", "/data")

    seams.API_RESOURCES.replace(resources)
    seams.REST_APIS.replace({"api": {}, "empty": {}})
    seams.APIGATEWAY_ERROR.replace(lambda code, words, status: (int(status), {}, f"{code}: {words}".encode()))
    seams.RESOURCE_HANDLERS.replace({deployments.DEPLOYMENT: {"create": lambda *arguments: arguments}})
    seams.DEPLOYMENTS.replace({"api": {"one": {}, "two": {}}})
    seams.STAGES_FOR_API.replace(lambda api_id: stages.get(api_id, {}))
    seams.CREATE_DEPLOYMENT.replace(lambda _, data: (data["status"], {"x": "y"}, json.dumps({"id": "three"}).encode()))
    seams.DELETE_DEPLOYMENT.replace(lambda *arguments: arguments)
    seams.DELETE_REST_API.replace(lambda *arguments: arguments)
    seams.EXECUTE_IN_SCOPE.replace(execute)
    seams.METHOD_AUTHORIZATION_TYPE.replace(lambda *arguments: (arguments, seams.MATCH_GREEDY_FALLBACK("api", "/data")))
    seams.MATCH_RESOURCE_TREE.replace(lambda *arguments: arguments)
    seams.MATCH_GREEDY_FALLBACK.replace(lambda *arguments: arguments)
    deployments.install()
    return resources


def test_a_deployment_copies_the_resources(resources: dict[str, Any]) -> None:
    answer = seams.CREATE_DEPLOYMENT("api", {"status": 201})
    resources["api"]["root"]["resourceMethods"].clear()

    assert answer == (201, {"x": "y"}, b'{"id": "three"}')
    assert resources == {"api": {"root": {"path": "/", "resourceMethods": {}}}, "api/three": RESOURCES}


def test_one_that_is_refused_copies_nothing(resources: dict[str, Any]) -> None:
    assert seams.CREATE_DEPLOYMENT("api", {"status": 404})[0] == 404
    assert resources.keys() == {"api"}


@pytest.mark.parametrize(
    ("api", "words"),
    [("empty", "The REST API doesn't contain any methods"), ("half", "No integration defined for method")],
)
def test_an_api_that_has_nothing_to_serve_is_not_deployed(resources: dict[str, Any], api: str, words: str) -> None:
    resources["half"] = {"root": {"resourceMethods": {"GET": METHOD, "PUT": {}}}}
    create = seams.RESOURCE_HANDLERS.value[deployments.DEPLOYMENT]["create"]

    assert seams.CREATE_DEPLOYMENT(api, {"status": 201}) == (400, {}, f"BadRequestException: {words}".encode())
    with pytest.raises(deployments.NotDeployable, match=f"^{words} "):
        create("D", {"RestApiId": api}, "stack")
    assert create("D", {"RestApiId": "api"}, "stack") == ("D", {"RestApiId": "api"}, "stack")


def test_an_api_without_resources_is_copied_as_it_is(resources: dict[str, Any]) -> None:
    seams.CREATE_DEPLOYMENT("bare", {"status": 201})

    assert resources["bare/three"] == {}


def test_the_copy_goes_with_its_deployment(resources: dict[str, Any]) -> None:
    resources.update({"api/one": {}, "api/two": {}})

    answers = [seams.DELETE_DEPLOYMENT("api", name) for name in ("one", "gone")]

    assert answers == [("api", "one"), ("api", "gone")]
    assert resources.keys() == {"api", "api/two"}


def test_the_copies_go_with_their_api(resources: dict[str, Any]) -> None:
    resources.update({"api/one": {}, "other/one": {}})

    answers = [seams.DELETE_REST_API(name) for name in ("api", "gone")]

    assert answers == [("api",), ("gone",)]
    assert resources.keys() == {"api", "other/one"}


@pytest.mark.usefixtures("resources")
@pytest.mark.parametrize(("stage", "key"), [("test", "api/one"), ("new", "api"), ("nobody", "api")])
def test_a_stage_serves_the_copy_of_its_deployment(stage: str, key: str) -> None:
    served = asyncio.run(seams.EXECUTE_IN_SCOPE({"path": "/data"}, "api", stage, "more"))

    assert served == (({"path": "/data"}, "api", stage, "more"), (key, "/data"))


@pytest.mark.usefixtures("resources")
@pytest.mark.parametrize(("stage", "key"), [("test", "api/one"), ("nobody", "api")])
def test_whether_a_request_is_signed_is_asked_of_the_copy(stage: str, key: str) -> None:
    arguments = seams.METHOD_AUTHORIZATION_TYPE("api", stage, "GET", "/data")

    assert arguments == (("api", stage, "GET", "/data"), (key, "/data"))


@pytest.mark.usefixtures("resources")
def test_after_a_request_the_resources_themselves_are_matched_again() -> None:
    async def fail(*_: Any) -> None:
        raise Broken

    seams.EXECUTE_IN_SCOPE.replace(deployments.serving(fail))

    async def served() -> Any:
        with pytest.raises(Broken):
            await seams.EXECUTE_IN_SCOPE({}, "api", "test")
        seams.METHOD_AUTHORIZATION_TYPE("api", "test", "GET", "/data")
        return seams.MATCH_RESOURCE_TREE("api", "/data")

    assert asyncio.run(served()) == ("api", "/data")
