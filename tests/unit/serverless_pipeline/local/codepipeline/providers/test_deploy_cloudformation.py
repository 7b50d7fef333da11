"""Each mode begins something of a stack, and looks until it is done."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.providers import deploy_cloudformation
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Succeeded, Working
from tests.support.lambdas import zipped
from tests.support.provider_work import INPUT, OUTPUT, Services, refusal, work_of

ABSENT = refusal("ValidationError", "Stack with id s does not exist")
NO_UPDATES = refusal("ValidationError", "No updates are to be performed.")
EMPTY = {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes.", "StackId": "arn:s"}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    answers = {name: {"StackId": "arn:s"} for name in ("create_stack", "update_stack", "create_change_set")}
    return Services({**answers, "describe_stacks": ABSENT}, artifact=zipped({"t.yml": "{}"})).install(monkeypatch)


def stack(status: str, **more: Any) -> dict[str, Any]:
    return {"Stacks": [{"StackName": "s", "StackId": "arn:s", "StackStatus": status, **more}]}


def run(mode: str, continuation: str = "", **more: str) -> Outcome:
    configuration = {
        "ActionMode": mode,
        "StackName": "s",
        "RoleArn": "arn:role",
        "TemplatePath": "In::t.yml",
        "ChangeSetName": "c",
        **more,
    }
    return deploy_cloudformation.start(
        work_of(
            "Deploy",
            "CloudFormation",
            configuration,
            inputs=(INPUT,),
            outputs=(OUTPUT,),
            continuation=continuation,
        )
    )


@pytest.mark.parametrize(
    ("mode", "status", "request_", "token"),
    [
        ("CREATE_UPDATE", "", "create_stack", "stack arn:s"),
        ("CREATE_UPDATE", "DELETE_COMPLETE", "create_stack", "stack arn:s"),
        ("CREATE_UPDATE", "CREATE_COMPLETE", "update_stack", "stack arn:s"),
        ("CREATE_UPDATE", "ROLLBACK_COMPLETE", "update_stack", "stack arn:s"),
        ("REPLACE_ON_FAILURE", "", "create_stack", "stack arn:s"),
        ("REPLACE_ON_FAILURE", "UPDATE_COMPLETE", "update_stack", "stack arn:s"),
        ("REPLACE_ON_FAILURE", "ROLLBACK_COMPLETE", "delete_stack", "replacement arn:s"),
        ("DELETE_ONLY", "CREATE_COMPLETE", "delete_stack", "deletion arn:s"),
        ("CHANGE_SET_REPLACE", "", "create_change_set", "change-set arn:s"),
        ("CHANGE_SET_REPLACE", "CREATE_COMPLETE", "create_change_set", "change-set arn:s"),
    ],
)
def test_a_mode_does_what_the_state_of_the_stack_asks_for(
    services: Services, mode: str, status: str, request_: str, token: str
) -> None:
    if status:
        services.answers["describe_stacks"] = stack(status)

    outcome = run(mode)

    assert isinstance(outcome, Working)
    assert (services.names()[-1], outcome.token) == (request_, token)
    assert outcome.progress.external_id == "arn:s"


@pytest.mark.parametrize(
    ("status", "kind"), [("", "CREATE"), ("REVIEW_IN_PROGRESS", "CREATE"), ("CREATE_COMPLETE", "UPDATE")]
)
def test_a_change_set_replaces_the_one_before(services: Services, status: str, kind: str) -> None:
    if status:
        services.answers["describe_stacks"] = stack(status)

    run("CHANGE_SET_REPLACE")

    assert services.arguments("create_change_set")["ChangeSetType"] == kind
    assert ("delete_change_set" in services.names()) is bool(status)


def test_nothing_to_update_and_nothing_to_delete_are_successes(services: Services) -> None:
    assert run("DELETE_ONLY") == Succeeded("There is no such stack")

    services.answers |= {"describe_stacks": stack("CREATE_COMPLETE"), "update_stack": NO_UPDATES}
    outcome = run("CREATE_UPDATE")

    assert isinstance(outcome, Succeeded)
    assert (outcome.summary, outcome.external_id) == ("No updates are to be performed", "arn:s")


def test_the_outputs_of_the_stack_are_variables_and_a_file(services: Services) -> None:
    outputs = [{"OutputKey": "Url", "OutputValue": "http://x"}]
    done = stack("UPDATE_COMPLETE", Outputs=outputs)
    services.answers["describe_stacks"] = [stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), done]

    first = run("CREATE_UPDATE", "stack arn:s", OutputFileName="o.json")
    second = run("CREATE_UPDATE", "stack arn:s", OutputFileName="o.json")

    assert isinstance(first, Working)
    assert isinstance(second, Succeeded)
    assert (second.summary, second.variables) == ("UPDATE_COMPLETE", {"Url": "http://x"})
    assert "stackId=arn%3As" in second.external_url
    assert services.arguments("put_object")["Key"] == OUTPUT.key


def test_the_first_cause_of_the_last_operation_is_told(services: Services) -> None:
    def event(name: str, status: str, reason: str, physical: str = "") -> dict[str, str]:
        words = {"ResourceStatus": status, "ResourceStatusReason": reason}
        return {"LogicalResourceId": name, "PhysicalResourceId": physical, **words}

    services.answers["describe_stacks"] = stack("ROLLBACK_COMPLETE")
    services.answers["describe_stack_events"] = {
        "StackEvents": [
            event("B", "CREATE_FAILED", "Resource creation cancelled"),
            event("A", "CREATE_FAILED", "no such role"),
            event("s", "CREATE_IN_PROGRESS", "", "arn:s"),
            event("Old", "CREATE_FAILED", "long ago"),
        ]
    }

    outcome = run("CREATE_UPDATE", "stack arn:s")

    assert isinstance(outcome, Failed)
    assert outcome.message == "The stack s is ROLLBACK_COMPLETE: A CREATE_FAILED: no such role"


def test_a_role_that_may_not_read_events_has_the_reason_of_the_stack(services: Services) -> None:
    services.answers["describe_stacks"] = stack("DELETE_FAILED", StackStatusReason="stuck")
    services.answers["describe_stack_events"] = refusal("AccessDenied", "no")

    outcome = run("DELETE_ONLY", "deletion arn:s")

    assert isinstance(outcome, Failed)
    assert outcome.message == "The stack s is DELETE_FAILED: stuck"


def test_after_the_deletion_a_stack_is_gone_or_made_anew(services: Services) -> None:
    assert run("DELETE_ONLY", "deletion arn:s") == Succeeded("DELETE_COMPLETE", "arn:s")
    outcome = run("REPLACE_ON_FAILURE", "replacement arn:s")

    assert isinstance(outcome, Working)
    assert (services.names()[-1], outcome.token) == ("create_stack", "stack arn:s")


def test_an_empty_change_set_is_a_success_when_it_is_made_and_when_it_is_executed(services: Services) -> None:
    services.answers["describe_change_set"] = EMPTY

    outcomes = [run("CHANGE_SET_REPLACE", "change-set arn:s"), run("CHANGE_SET_EXECUTE")]

    assert [isinstance(outcome, Succeeded) for outcome in outcomes] == [True, True]
    assert "execute_change_set" not in services.names()


def test_a_change_set_that_failed_is_told_with_its_reason(services: Services) -> None:
    broken = {"Status": "FAILED", "StatusReason": "no such parameter", "ChangeSetName": "c"}
    services.answers["describe_change_set"] = [{"Status": "CREATE_PENDING"}, broken]

    assert isinstance(run("CHANGE_SET_REPLACE", "change-set arn:s"), Working)
    outcome = run("CHANGE_SET_REPLACE", "change-set arn:s")

    assert isinstance(outcome, Failed)
    assert outcome.message == "The change set c is FAILED: no such parameter"


def test_a_role_that_may_not_is_named(services: Services) -> None:
    services.answers["create_stack"] = refusal("AccessDenied", "no")

    expected = "The role the-role may not CREATE_UPDATE the stack s: no"
    assert run("CREATE_UPDATE") == Failed("PermissionError", expected)


@pytest.mark.parametrize(
    ("configuration", "mistakes"),
    [
        ({"ActionMode": "#{a.b}"}, []),
        ({"ActionMode": "CHANGE_SET_EXECUTE", "ChangeSetName": "c", "TemplatePath": "odd"}, []),
        ({"ActionMode": "DELETE_ONLY"}, ["is missing required configuration 'RoleArn'"]),
        (
            {"ActionMode": "CHANGE_SET_REPLACE"},
            [f"is missing required configuration '{key}'" for key in ("ChangeSetName", "RoleArn", "TemplatePath")],
        ),
        (
            {"ActionMode": "CREATE_UPDATE", "RoleArn": "r", "TemplatePath": "t.yml", "ParameterOverrides": "["},
            [
                "TemplatePath in action 'Do' is 't.yml'; it must be an artifact and a file, as in Artifact::file",
                "ParameterOverrides is no JSON: Expecting value: line 1 column 2 (char 1) (action 'Do')",
            ],
        ),
        (
            {"ActionMode": "CREATE_UPDATE", "RoleArn": "r", "TemplatePath": "Other::t.yml"},
            ["TemplatePath in action 'Do' names the artifact Other, which is no input artifact of it"],
        ),
    ],
)
def test_what_a_mode_requires_is_looked_for_when_it_is_declared(
    configuration: dict[str, str], mistakes: list[str]
) -> None:
    action = work_of("Deploy", "CloudFormation", configuration, inputs=(INPUT,)).run.action

    sentences = [
        one.removeprefix("Action configuration for action 'Do' ") for one in deploy_cloudformation.check(action)
    ]

    assert sentences == mistakes
