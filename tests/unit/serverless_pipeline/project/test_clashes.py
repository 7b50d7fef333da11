from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import clashes
from serverless_pipeline.project import environments as stages
from serverless_pipeline.project.stage import Stage
from serverless_pipeline.settings import Settings
from tests.support import environments

if TYPE_CHECKING:
    from serverless_pipeline.project.environment_template import EnvironmentTemplate

NOTHING = environments.template({"Jobs": environments.QUEUE})


def of(template: EnvironmentTemplate, **settings: Any) -> list[Stage]:
    chosen = Settings(stack_name="shop", **settings)
    return [Stage(chosen, template, one) for one in stages.of(chosen)]


def mistakes(everyone: list[Stage], *, approval: bool = False) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        clashes.refuse(everyone, approval=approval)
    first, *listed, last = str(caught.value).splitlines()
    assert first == "The pipeline would have two of a name:"
    assert last == "  Next: name the Delivery or the task otherwise, then invoke pipeline.up"
    return [line.removeprefix("  - ") for line in listed]


def test_names_that_are_told_apart_pass() -> None:
    template = environments.template(
        {
            "Worker": environments.function(),
            "Site": environments.site(Output="SiteOutput"),
            "Office": environments.site(Task="x"),
        }
    )

    clashes.refuse(of(template, tasks_before_delivery=("a", "b"), tasks_after_test=("c",)), approval=True)


def test_a_delivery_cannot_be_called_as_the_stack_is() -> None:
    template = environments.template({"Worker": environments.function(Name="Stack")})

    assert mistakes(of(template, environments=("Prod",))) == ["two actions DeployProdStack in the stage Production"]


def test_a_task_cannot_be_called_as_another_action_of_its_stage() -> None:
    found = mistakes(
        of(NOTHING, tasks_before_delivery=("migrate", "Test.functional-test"), tasks_after_test=("migrate",))
    )

    assert found == [
        "two actions Migrate in the stage Acceptance",
        "two actions FunctionalTest in the stage Acceptance",
        "two actions Migrate in the stage Production",
    ]


def test_a_task_cannot_be_called_as_the_approval_where_there_is_one() -> None:
    everyone = of(NOTHING, tasks_before_delivery=("approval",))

    clashes.refuse(everyone, approval=False)

    assert mistakes(everyone, approval=True) == ["two actions Approval in the stage Production"]


def test_an_artifact_is_made_once() -> None:
    template = environments.template(
        {"Worker": environments.function(Output="TestSiteOutput"), "Site": environments.site(Task="build")}
    )

    assert mistakes(of(template)) == ["two artifacts TestSiteOutput"]


def test_two_environments_do_not_share_a_namespace() -> None:
    template = environments.template({"Shop": environments.site(), "BShop": environments.site("dist/b")})

    assert mistakes(of(template, environments=("A", "AB"))) == ["two namespaces DeployABShop"]
