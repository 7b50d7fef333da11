from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import documents, http_api, openapi, rest_api

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("empty_ministack")

BODY = {"openapi": "3.0.1", "info": {"title": "pets"}, "paths": {}}
KINDS = [documents.REST_API, documents.HTTP_API]


class Service:
    """Handlers that keep what they get, one API with the ID `api`, and what was imported."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.imports: list[tuple[str, Any]] = []
        self.api: dict[str, Any] = {}

    def handle(self, *arguments: Any) -> tuple[str, Any]:
        self.calls.append(arguments)
        return "api", {"ApiId": "api"}

    def overwrite(self, api_id: str, document: Any) -> None:
        self.imports.append((api_id, document))
        self.api["name"] = document["info"]["title"]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, empty_ministack: None) -> Service:  # noqa: ARG001 - it has to be empty first
    service = Service()
    handlers: defaultdict[str, dict[str, Callable[..., Any]]] = defaultdict(
        lambda: dict.fromkeys(("create", "update"), service.handle)
    )
    for module in (rest_api, http_api):
        monkeypatch.setattr(module, "overwrite", service.overwrite)
    seams.RESOURCE_HANDLERS.replace(handlers)
    seams.REST_APIS.replace({"api": service.api})
    seams.HTTP_APIS.replace({"api": service.api})
    seams.OBJECT_DATA.replace(lambda *place, version_id: b"{}" if place == ("b", "k") and version_id else None)
    documents.install()
    return service


def handler(kind: str, how: str) -> Callable[..., Any]:
    return seams.RESOURCE_HANDLERS.value[kind][how]  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", KINDS)
def test_an_api_is_made_empty_and_its_document_is_imported(service: Service, kind: str) -> None:
    answer = handler(kind, "create")("Api", {"Body": BODY, "Description": "d"}, "stack")

    assert answer == ("api", {"ApiId": "api"})
    assert service.calls == [("Api", {"Name": "pets", "Description": "d"}, "stack")]
    assert service.imports == [("api", BODY)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_api_without_a_document_is_ministacks(service: Service, kind: str) -> None:
    handler(kind, "create")("Api", {"Name": "n"}, "stack")
    handler(kind, "update")("api", {"Name": "n"}, {"Name": "m"}, "stack", "Api")

    assert service.calls == [("Api", {"Name": "n"}, "stack"), ("api", {"Name": "n"}, {"Name": "m"}, "stack", "Api")]
    assert service.imports == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_api_whose_document_changes_is_updated_where_it_is(service: Service, kind: str) -> None:
    old = {"Body": {**BODY, "paths": {"/old": {}}}, "Description": "old"}

    handler(kind, "update")("api", old, {"Body": json.dumps(BODY), "Description": "new"}, "stack", "Api")

    assert service.calls == [("api", {"Description": "old"}, {"Name": "pets", "Description": "new"}, "stack", "Api")]
    assert service.imports == [("api", BODY)]


@pytest.mark.parametrize("how", ["create", "update"])
def test_the_name_of_the_template_comes_before_the_title_of_the_document(service: Service, how: str) -> None:
    properties = {"Body": BODY, "Name": "shop"}

    handler(documents.REST_API, how)(*(("Api",) if how == "create" else ("api", {})), properties, "stack")

    assert service.api == {"name": "shop"}


def test_a_document_may_lie_in_a_bucket() -> None:
    seams.OBJECT_DATA.replace(lambda *place, **more: repr((place, more)).encode())

    text = documents.document({"BodyS3Location": {"Bucket": "b", "Key": "k", "Version": "v"}})

    assert text == b"(('b', 'k'), {'version_id': 'v'})"


def test_a_document_that_is_not_there_is_named(service: Service) -> None:
    with pytest.raises(documents.Unreadable, match="there is no s3://b/gone"):
        handler(documents.HTTP_API, "create")("Api", {"BodyS3Location": {"Bucket": "b", "Key": "gone"}}, "stack")

    assert service.calls == []


def test_what_is_no_document_makes_no_api(service: Service) -> None:
    with pytest.raises(openapi.Invalid, match="openapi must be"):
        handler(documents.HTTP_API, "create")("Api", {"Body": {"paths": {}}}, "stack")

    assert service.calls == []
