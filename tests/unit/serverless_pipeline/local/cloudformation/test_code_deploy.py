from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import code_deploy
from serverless_pipeline.local.cloudformation.code_deploy import APPLICATION, GROUP

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"


@pytest.fixture
def service(cloudformation: CloudFormation) -> CloudFormation:
    """A CloudFormation whose events are kept among the requests."""
    seams.PHYSICAL_NAME.replace(lambda stack, logical_id, max_len: f"{stack}-{logical_id}-{max_len}")
    seams.VALIDATE_TEMPLATE_SUPPORT.replace(lambda template, *_, **__: template["Resources"])
    seams.ADD_EVENT.replace(lambda *words, **more: cloudformation.requests.append({"words": words, **more}))
    code_deploy.install()
    return cloudformation


def alias(**policy: str) -> dict[str, Any]:
    return {"Live": {"Type": "AWS::Lambda::Alias", "UpdatePolicy": {code_deploy.POLICY: policy}}}


@pytest.mark.parametrize(("kind", "named"), [(APPLICATION, "ApplicationName"), (GROUP, "DeploymentGroupName")])
def test_a_name_is_kept_and_made_where_there_is_none(service: CloudFormation, kind: str, named: str) -> None:
    handlers = service.handlers[kind]

    assert handlers["create"]("Logical", {named: "mine"}, "shop") == ("mine", {})
    assert handlers["create"]("Logical", {}, "shop") == ("shop-Logical-100", {})
    assert handlers["update"]("mine", {}, {}, "shop") == ("mine", {})
    assert handlers["update"]("mine", {}, {named: "other"}, "shop") == ("other", {})
    assert handlers["delete"]("mine", {}) is None


@pytest.mark.parametrize("how", ["create", "update"])
def test_what_is_not_for_functions_is_refused(service: CloudFormation, how: str) -> None:
    before: tuple[Any, ...] = ("Logical",) if how == "create" else ("mine", {})

    with pytest.raises(code_deploy.Unsupported, match="the ComputePlatform is Server"):
        service.handlers[APPLICATION][how](*before, {"ComputePlatform": "Server"}, "shop")


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("hook", code_deploy.HOOKS)
def test_a_function_that_answers_to_code_deploy_is_refused_by_name(hook: str) -> None:
    with pytest.raises(ValueError, match=f"no CodeDeploy that {hook} of Live could answer to"):
        seams.VALIDATE_TEMPLATE_SUPPORT({"Resources": alias(ApplicationName="a", **{hook: "f"})}, {})


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("resources", [alias(ApplicationName="a"), {"Live": {"Type": "AWS::Lambda::Alias"}}, {}])
def test_a_template_without_hooks_is_fine(resources: dict[str, Any]) -> None:
    seams.VALIDATE_TEMPLATE_SUPPORT({"Resources": resources}, {}, params={})


def test_what_ministack_refuses_is_refused(service: CloudFormation) -> None:
    del service

    with pytest.raises(KeyError):
        seams.VALIDATE_TEMPLATE_SUPPORT({}, {})


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        (CANARY, f"The embedded AWS shifts all traffic at once, where AWS follows {CANARY}"),
        (ALL_AT_ONCE, ""),
        ("", ""),
    ],
)
def test_an_event_says_where_traffic_is_not_shifted_in_steps(
    service: CloudFormation, configuration: str, reason: str
) -> None:
    resources = {"Group": {"Properties": {"DeploymentConfigName": configuration}}}
    service.add_stack("shop", _resources=resources)

    seams.ADD_EVENT("id", "shop", "Group", GROUP, "CREATE_COMPLETE", physical_id="g")

    assert service.requests == [
        {"words": ("id", "shop", "Group", GROUP, "CREATE_COMPLETE"), "physical_id": "g", "reason": reason}
    ]


@pytest.mark.parametrize(
    ("kind", "status", "details"),
    [(GROUP, "CREATE_FAILED", ("no",)), (GROUP, "CREATE_IN_PROGRESS", ()), (APPLICATION, "CREATE_COMPLETE", ())],
)
def test_other_events_are_as_they_are(
    service: CloudFormation, kind: str, status: str, details: tuple[str, ...]
) -> None:
    seams.ADD_EVENT("id", "shop", "Group", kind, status, *details)

    assert service.requests == [{"words": ("id", "shop", "Group", kind, status, *details)}]
