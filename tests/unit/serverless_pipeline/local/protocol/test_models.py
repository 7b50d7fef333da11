from __future__ import annotations

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.protocol import models
from tests.support.signing import Signer

SIGNER = Signer()


@pytest.mark.parametrize(("prefix", "service"), models.TARGETS.items())
def test_a_target_names_the_service_that_its_model_says(prefix: str, service: str) -> None:
    assert models.model(service).metadata["targetPrefix"] == prefix


@pytest.mark.parametrize(("name", "service"), models.FORMS.items())
def test_a_service_of_forms_signs_by_the_name_that_its_model_says(name: str, service: str) -> None:
    metadata = models.model(service).metadata

    assert metadata.get("signingName", metadata["endpointPrefix"]) == name
    assert "query" in metadata["protocols"]


@pytest.mark.parametrize(("name", "services"), models.ROUTES.items())
def test_a_service_of_routes_signs_by_the_name_that_its_model_says(name: str, services: tuple[str, ...]) -> None:
    for service in services:
        metadata = models.model(service).metadata

        assert metadata.get("signingName", metadata["endpointPrefix"]) == name
        assert metadata["protocol"] == "rest-json"


def test_an_operation_is_named_by_its_target() -> None:
    listing = SIGNER.head("POST", "/", "dynamodb", b"", x_amz_target="DynamoDB_20120810.ListTables")
    unknown = SIGNER.head("POST", "/", "dynamodb", b"", x_amz_target="DynamoDB_20120810.Nope")
    other = SIGNER.head("POST", "/", "codepipeline", b"", x_amz_target="CodePipeline_20150709.ListPipelines")

    operation = models.operation(listing)

    assert operation is not None
    assert (operation.name, operation.service_model.service_name) == ("ListTables", "dynamodb")
    assert models.operation(unknown) is None
    assert models.operation(other) is None


def test_an_operation_is_named_by_method_and_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        seams, "MATCH_REST_ACTION", lambda _service, method, _path, _query: {"GET": "GetApis"}.get(method)
    )

    first = models.operation(SIGNER.head("GET", "/restapis", "apigateway"))
    second = models.operation(SIGNER.head("GET", "/v2/apis", "apigateway"))

    assert first is None  # the older service has no such operation
    assert second is not None
    assert second.service_model.service_name == "apigatewayv2"
    assert models.operation(SIGNER.head("PUT", "/restapis", "apigateway")) is None
    assert models.operation(SIGNER.head("GET", "/vaults", "glacier")) is None


def test_an_action_is_one_of_the_service_that_is_signed_for() -> None:
    head = SIGNER.head("POST", "/", "sts")

    operation = models.action(head, "AssumeRole")

    assert operation is not None
    assert operation.service_model.service_name == "sts"
    assert models.action(head, "ListRoles") is None
    assert models.action(SIGNER.head("POST", "/", "ec2"), "DescribeInstances") is None
