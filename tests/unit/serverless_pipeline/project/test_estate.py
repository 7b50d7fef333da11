from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.errors import Error
from serverless_pipeline.project import bucket, estate, retention
from serverless_pipeline.project.estate import Estate, Top
from serverless_pipeline.project.retention import Kept
from serverless_pipeline.settings import Settings
from tests.support.notes import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients

ROOT = Stack("shop", "arn:shop", Status.CREATE_COMPLETE)
SITE = Resource("Inner/Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE")
OWN = Resource("Artifacts", "shop-artifacts", "AWS::S3::Bucket", "CREATE_COMPLETE")
APP = Resource("App", "shop-app", "AWS::Lambda::Function", "CREATE_COMPLETE")
INSTALL = Resource("Install", "shop-install", "AWS::Lambda::Function", "CREATE_COMPLETE")
NESTED = Resource("Inner", "arn:inner", stack.KIND, "CREATE_COMPLETE")
HELD = Tree("arn:shop", "", (OWN, INSTALL), {})
TEST = Stack("shop-test", "arn:shop-test", Status.CREATE_COMPLETE)
OF_TEST = Tree("arn:shop-test", "", (APP, NESTED), {"Inner": Tree("arn:inner", "Inner", (SITE,))})
EVERYTHING = Estate("home", (Top("Test", TEST, OF_TEST), Top("", ROOT, HELD)), ("shop-install",))
ACCOUNT: Any = SimpleNamespace(account="123456789012", region="eu-west-1")


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Nothing is left; what is put into the fields is there nevertheless."""
    left: dict[str, Any] = {"stacks": {}, "buckets": set(), "functions": set(), "groups": set()}
    monkeypatch.setattr(stack, "find", lambda _, stack_id: left["stacks"].get(stack_id))
    monkeypatch.setattr(bucket, "exists", lambda _, name: name in left["buckets"])
    monkeypatch.setattr(estate, "_is_function", lambda _, name: name in left["functions"])
    monkeypatch.setattr(estate, "_log_groups", lambda *_: iter(sorted(left["groups"])))
    monkeypatch.setattr(retention, "kept", lambda *_: ())
    return left


def left_over(**more: Any) -> list[str]:
    return list(estate.left_over(None, EVERYTHING, **more))  # type: ignore[arg-type]


def survey(patched: pytest.MonkeyPatch, trees: dict[str, Tree], *environments: str) -> Estate:
    """The estate of a pipeline of which there are these stacks, by name."""
    there = {name: Stack(name, f"arn:{name}", Status.CREATE_COMPLETE) for name in trees}
    patched.setattr(stack, "find", lambda _, name: there.get(name))
    patched.setattr(tree, "look", lambda _, stack_id: trees[stack_id.removeprefix("arn:")])
    return estate.survey(Settings(stack_name="shop", environments=environments), ACCOUNT)


def tops(everything: Estate) -> list[tuple[str, str]]:
    return [(top.environment, top.stack.name) for top in everything.tops]


EXPECTED = tuple(f"shop-{name}" for name in ("install", "run-task", "deploy", "report-lost-job", "rollback"))


def test_an_estate_is_environment_after_environment_then_the_root_and_what_it_would_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_prod = Tree("arn:shop-prod")

    everything = survey(monkeypatch, {"shop": HELD, "shop-prod": of_prod, "shop-test": OF_TEST}, "Test", "Prod")

    assert everything == Estate(
        "shop-123456789012-eu-west-1",
        (
            Top("Test", TEST, OF_TEST),
            Top("Prod", replace(TEST, name="shop-prod", id="arn:shop-prod"), of_prod),
            Top("", ROOT, HELD),
        ),
        EXPECTED,
    )
    assert everything.root == ROOT
    assert [top.environment for top in everything.environments] == ["Test", "Prod"]


def test_the_stack_of_an_environment_that_is_named_no_more_goes_before_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    roles = tuple(
        Resource(f"Roles/{name}StackRole", f"shop-{name}", "AWS::IAM::Role", "CREATE_COMPLETE")
        for name in ("Test", "Stage", "Load", "Prod")
    )
    trees = {
        "shop": Tree("arn:shop", "", roles),
        "shop-stage": Tree("arn:shop-stage"),
        "shop-prod": Tree("arn:shop-prod"),
    }

    everything = survey(monkeypatch, trees, "Test", "Prod")

    assert tops(everything) == [("Stage", "shop-stage"), ("Prod", "shop-prod"), ("", "shop")]


def test_environments_outlive_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = survey(monkeypatch, {"shop-test": OF_TEST}, "Test", "Prod")

    assert tops(everything) == [("Test", "shop-test")]
    assert everything.root is None


def test_without_a_stack_there_is_what_it_would_have(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = survey(monkeypatch, {}, "Prod")

    assert (everything.tops, everything.root, everything.stacks) == ((), None, ())
    assert everything.buckets == ("shop-123456789012-eu-west-1",)
    assert everything.functions == EXPECTED


def test_stacks_buckets_and_functions_are_those_of_all_stacks_each_once() -> None:
    assert EVERYTHING.stacks == ("arn:shop-test", "arn:inner", "arn:shop")
    assert EVERYTHING.buckets == ("home", "shop-site", "shop-artifacts")
    assert EVERYTHING.functions == ("shop-install", "shop-app")


def test_of_one_environment_there_is_nothing_that_others_share() -> None:
    own = EVERYTHING.of("Test")

    assert own == Estate("", (Top("Test", TEST, OF_TEST),))
    assert (own.buckets, own.functions) == (("", "shop-site"), ("shop-app",))
    assert EVERYTHING.of("Prod") == Estate("", ())


def test_the_buckets_that_go_with_a_stack_are_those_that_nothing_retains(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Tree("arn:shop", "", (OWN, SITE))
    monkeypatch.setattr(tree, "look", lambda _, stack_id: {"arn:shop": held}[stack_id])
    monkeypatch.setattr(retention, "retained", lambda _, looked: {"shop-site"} if looked is held else set())

    assert estate.buckets_of(None, ROOT) == ("shop-artifacts",)  # type: ignore[arg-type]


@pytest.mark.usefixtures("gone")
def test_where_all_is_gone_nothing_is_left() -> None:
    assert left_over() == []
    assert estate.prove(None, EVERYTHING) == ()  # type: ignore[arg-type]
    assert estate.is_empty(None, replace(EVERYTHING, tops=()))  # type: ignore[arg-type]
    assert not estate.is_empty(None, EVERYTHING)  # type: ignore[arg-type]


def test_what_is_left_is_named_one_by_one(gone: dict[str, Any]) -> None:
    inner = Stack("shop-Inner", "arn:inner", Status.DELETE_FAILED, reason="a bucket is not empty")
    gone["stacks"] = {"arn:shop": replace(ROOT, status=Status.DELETE_COMPLETE), "arn:inner": inner}
    gone["buckets"] = {"", "home", "shop-site"}
    gone["functions"] = {"shop-app"}
    gone["groups"] = {"/aws/lambda/shop-app"}

    assert left_over() == [
        "stack shop-Inner: DELETE_FAILED  a bucket is not empty",
        "bucket home",
        "bucket shop-site",
        "function shop-app",
        "log group /aws/lambda/shop-app",
    ]
    assert not estate.is_empty(None, replace(EVERYTHING, tops=()))  # type: ignore[arg-type]


def test_a_stack_without_a_reason_ends_with_its_status(gone: dict[str, Any]) -> None:
    gone["stacks"] = {"arn:shop": ROOT}

    assert left_over() == ["stack shop: CREATE_COMPLETE"]


def test_what_was_kept_is_not_left_over(gone: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    kept = (Kept("shop-site", "AWS::S3::Bucket"),)
    gone["buckets"] = {"shop-site"}
    monkeypatch.setattr(retention, "kept", lambda _, held: kept if held is OF_TEST else ())

    assert left_over(kept={"shop-site"}) == []
    assert estate.prove(None, EVERYTHING) == kept  # type: ignore[arg-type]


def test_a_function_that_was_kept_is_not_left_over(gone: dict[str, Any]) -> None:
    gone["functions"] = {"shop-app"}

    assert left_over(kept={"shop-app"}) == []


def test_a_proof_that_fails_names_all_and_the_next_command(gone: dict[str, Any]) -> None:
    gone["buckets"] = {"home"}
    gone["functions"] = {"shop-app"}

    with pytest.raises(Error) as caught:
        estate.prove(None, EVERYTHING)  # type: ignore[arg-type]

    assert str(caught.value) == (
        "Still there:\n  - bucket home\n  - function shop-app\n"
        "  Next: invoke pipeline.log, then invoke pipeline.down again"
    )


def test_the_bucket_and_the_log_groups_that_no_stack_owns_are_swept(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "delete", lambda _, name: name == "home")
    monkeypatch.setattr(estate, "_log_groups", lambda *_: iter(["/aws/lambda/shop-app"]))
    monkeypatch.setattr(retention, "kept", lambda *_: ())
    with Stubber(clients.logs) as logs:
        logs.add_response("delete_log_group", {}, {"logGroupName": "/aws/lambda/shop-app"})

        assert list(estate.sweep(clients, EVERYTHING)) == ["bucket home", "log group /aws/lambda/shop-app"]
        logs.assert_no_pending_responses()


def test_what_all_share_is_not_swept_with_one_environment(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(bucket, "delete", lambda _, name: note(deleted, name, answer=True))
    monkeypatch.setattr(estate, "_log_groups", lambda *_: iter(()))
    monkeypatch.setattr(retention, "kept", lambda *_: ())

    assert list(estate.sweep(clients, EVERYTHING.of("Test"))) == []
    assert deleted == []


def test_a_bucket_that_is_gone_is_not_said_to_be_deleted(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "delete", lambda *_: False)
    monkeypatch.setattr(estate, "_log_groups", lambda *_: iter(()))
    monkeypatch.setattr(retention, "kept", lambda *_: ())

    assert list(estate.sweep(clients, EVERYTHING)) == []


def test_only_the_log_groups_of_exactly_these_functions_count(clients: Clients) -> None:
    with Stubber(clients.logs) as logs:
        for function, first in (("shop-install", "/aws/lambda/shop-install"), ("shop-app", "/aws/lambda/shop-app-two")):
            asked = {"logGroupNamePrefix": f"/aws/lambda/{function}", "limit": 1}
            logs.add_response("describe_log_groups", {"logGroups": [{"logGroupName": first}]}, asked)

        assert list(estate._log_groups(clients, EVERYTHING)) == ["/aws/lambda/shop-install"]


def test_a_log_group_that_a_template_retains_stays(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = (Kept("/aws/lambda/shop-app", "AWS::Logs::LogGroup"),)
    monkeypatch.setattr(bucket, "delete", lambda *_: False)
    monkeypatch.setattr(retention, "kept", lambda _, held: kept if held is OF_TEST else ())
    with Stubber(clients.logs) as logs:
        logs.add_response("describe_log_groups", {"logGroups": [{"logGroupName": "/aws/lambda/shop-install"}]})
        logs.add_response("delete_log_group", {}, {"logGroupName": "/aws/lambda/shop-install"})

        assert list(estate.sweep(clients, EVERYTHING)) == ["log group /aws/lambda/shop-install"]
        assert list(estate._log_groups(clients, EVERYTHING.of("Test"), {"/aws/lambda/shop-app"})) == []
        logs.assert_no_pending_responses()


def test_a_function_without_a_log_group_has_none(clients: Clients) -> None:
    with Stubber(clients.logs) as logs:
        logs.add_response("describe_log_groups", {"logGroups": []})
        logs.add_response("describe_log_groups", {"logGroups": []})

        assert list(estate._log_groups(clients, EVERYTHING)) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_function_is_there_where_lambda_knows_it(clients: Clients, *, there: bool) -> None:
    with Stubber(clients.functions) as functions:
        if there:
            functions.add_response("get_function_configuration", {}, {"FunctionName": "shop-app"})
        else:
            functions.add_client_error("get_function_configuration", "ResourceNotFoundException")

        assert estate._is_function(clients, "shop-app") is there


@pytest.fixture
def codepipeline(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr(pipeline, "declaration", lambda _, name: name)
    with Stubber(clients.codepipeline) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def executions(stubber: Stubber, *statuses: str) -> None:
    summaries = [{"pipelineExecutionId": f"{number}", "status": status} for number, status in enumerate(statuses)]
    stubber.add_response(
        "list_pipeline_executions", {"pipelineExecutionSummaries": summaries}, {"pipelineName": "shop"}
    )


def test_the_executions_in_progress_are_abandoned(clients: Clients, codepipeline: Stubber) -> None:
    asked = {"pipelineName": "shop", "pipelineExecutionId": "1", "abandon": True, "reason": "down"}
    executions(codepipeline, "Succeeded", "InProgress", "Stopping")
    codepipeline.add_response("stop_pipeline_execution", {"pipelineExecutionId": "1"}, asked)

    assert list(estate.stop(clients, "shop")) == ["1"]


def test_an_execution_that_ended_meanwhile_was_not_stopped(clients: Clients, codepipeline: Stubber) -> None:
    executions(codepipeline, "InProgress")
    codepipeline.add_client_error("stop_pipeline_execution", "PipelineExecutionNotStoppableException")

    assert list(estate.stop(clients, "shop")) == []


def test_without_a_pipeline_nothing_is_stopped(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "declaration", lambda *_: None)

    assert list(estate.stop(clients, "shop")) == []
