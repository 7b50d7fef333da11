"""What an account lacks is told before anything is changed; a look that it refuses ends nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from serverless_pipeline.project import account
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.project.plan import Plan
from serverless_pipeline.project.templates import Templates
from serverless_pipeline.settings import GitHub, Settings
from tests.support import account as support
from tests.support import environments

CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/x"
LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:node:3"
UNREADABLE = "a look at the account that it did not answer"


def plan(environment: Any = None, **chosen: Any) -> Plan:
    settings = Settings(target="aws", source=GitHub("owner/name", CONNECTION), **chosen)
    drawn = Templates("https://home", {"root": "Resources: {}"}, environment or environments.dromedary())
    return Plan(settings, "home", drawn, Bundle(Path("bundle.zip"), "digest"), {})


def look(clients: Any, planned: Plan | None = None) -> tuple[list[str], list[str]]:
    """The findings, and what was skipped."""
    skipped: list[str] = []
    return list(account.findings(planned or plan(), clients, skipped)), skipped


def refused(operation: str, code: str = "AccessDeniedException") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def test_an_account_that_has_all_is_well() -> None:
    assert look(support.account()) == ([], [])


def test_a_connection_that_waits_for_a_person_says_where_the_person_goes() -> None:
    waiting = SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "PENDING"}})

    [finding], _ = look(support.account(connections=waiting))

    assert finding.startswith("connection_arn: the connection is PENDING")
    assert finding.endswith("https://eu-west-1.console.aws.amazon.com/codesuite/settings/connections?region=eu-west-1")


@pytest.mark.parametrize(("limit", "findings"), [(9, 1), (10, 0)])
def test_a_reduced_quota_of_concurrency_is_told(limit: int, findings: int) -> None:
    few = SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": limit}})

    words, _ = look(support.account(functions=few))

    assert len(words) == findings
    assert all(f"runs {limit} functions at once" in one for one in words)


def test_a_website_that_the_account_shows_to_nobody_is_told() -> None:
    blocked = support.public_access(BlockPublicAcls=True, BlockPublicPolicy=True, RestrictPublicBuckets=True)

    [finding], _ = look(support.account(client=blocked))

    assert "SiteBucket: the account blocks public access (BlockPublicPolicy, RestrictPublicBuckets)" in finding


def test_an_account_that_blocks_lists_of_access_alone_shows_websites() -> None:
    blocked = support.public_access(BlockPublicAcls=True, BlockPublicPolicy=False, IgnorePublicAcls=True)

    assert look(support.account(client=blocked)) == ([], [])


def test_without_a_website_public_access_is_nobodys_matter() -> None:
    without = environments.template({"Worker": environments.function()})

    assert look(support.account(client=None), plan(without)) == ([], [])


def test_a_look_at_public_access_that_is_refused_ends_nothing() -> None:
    error = refused("GetPublicAccessBlock", "AccessDenied")

    def refuse(**_: str) -> None:
        raise error

    clients = support.account(client=lambda _: SimpleNamespace(get_public_access_block=refuse))

    assert look(clients) == ([], [f"{UNREADABLE}: {error}"])


def test_a_region_without_the_service_is_told() -> None:
    def nowhere(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://codepipeline.xx-north-1.amazonaws.com")

    [finding], _ = look(support.account(codepipeline=SimpleNamespace(list_pipelines=nowhere)))

    assert finding.startswith("region eu-west-1: CodePipeline does not answer")


@pytest.mark.parametrize(
    "error",
    [
        refused("GetAccountSettings"),
        refused("GetAccountSettings", "InternalFailure"),
        EndpointConnectionError(endpoint_url="https://lambda.xx-north-1.amazonaws.com"),
    ],
)
def test_a_look_at_the_account_that_fails_ends_nothing(error: Exception) -> None:
    def fail(**_: object) -> None:
        raise error

    clients = support.account(functions=SimpleNamespace(get_account_settings=fail))

    assert look(clients) == ([], [f"{UNREADABLE}: {error}"])


def test_the_embedded_aws_is_no_account() -> None:
    clients = SimpleNamespace(endpoint=object(), account="000000000000", region="us-east-1")

    assert look(clients) == ([], [])


def layers(error: ClientError | None = None, **others: Any) -> Any:
    """An account with a layer, or one that answers with an error."""

    def get_layer_version_by_arn(**request: str) -> None:
        assert request == {"Arn": LAYER}
        if error:
            raise error

    functions = SimpleNamespace(
        get_layer_version_by_arn=get_layer_version_by_arn,
        get_account_settings=lambda: {"AccountLimit": {}},
    )
    return support.account(functions=functions, **others)


def test_a_layer_that_is_there_is_well_and_one_of_the_project_is_not_looked_for() -> None:
    assert look(layers(), plan(tools=(LAYER, "tools/node"))) == ([], [])


def test_a_layer_that_is_not_there_is_told() -> None:
    error = refused("GetLayerVersionByArn", "ResourceNotFoundException")

    assert look(layers(error), plan(tools=(LAYER,))) == ([f"tools: the layer {LAYER} is not to be had: {error}"], [])


def test_a_layer_that_nobody_may_look_at_is_skipped_on_an_account() -> None:
    error = refused("GetLayerVersionByArn")

    assert look(layers(error), plan(tools=(LAYER,))) == ([], [f"a look at the layer {LAYER}: {error}"])


def test_a_layer_of_another_account_is_not_on_the_embedded_aws() -> None:
    clients = layers(refused("GetLayerVersionByArn"))
    clients.endpoint = object()

    [finding], skipped = look(clients, plan(tools=(LAYER,)))

    assert finding.endswith("; name a folder of the project instead")
    assert skipped == []
