from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.project import environments
from serverless_pipeline.project.environments import Environment
from serverless_pipeline.settings import Settings

SETTINGS = Settings(stack_name="shop", environments=("Test", "Prod"))
CLIENTS: Any = SimpleNamespace(account="123456789012", region="eu-west-1")


def there(patched: pytest.MonkeyPatch, **outputs: dict[str, str]) -> list[str]:
    """The stacks that are there, by the end of their names; answers which were asked for."""
    asked: list[str] = []

    def find(_clients: object, name: str) -> Stack | None:
        asked.append(name)
        own = name.removeprefix("shop").lstrip("-") or "root"
        return Stack(name, f"arn:{name}", Status.CREATE_COMPLETE, outputs[own]) if own in outputs else None

    patched.setattr(stack, "find", find)
    return asked


@pytest.mark.parametrize(
    ("names", "stages"),
    [
        (("Prod",), ["Production"]),
        (("Test", "Prod"), ["Acceptance", "Production"]),
        (("Test", "Stage", "Prod"), ["Acceptance", "AcceptanceStage", "Production"]),
    ],
)
def test_the_last_environment_is_production_and_the_others_accept(names: tuple[str, ...], stages: list[str]) -> None:
    everyone = environments.of(Settings(stack_name="shop", environments=names))

    assert everyone == [
        Environment(name, stage, f"shop-{name.lower()}") for name, stage in zip(names, stages, strict=True)
    ]
    assert [one.lower for one in everyone] == [name.lower() for name in names]


@pytest.mark.parametrize(("name", "expected"), [("", "Prod"), ("Test", "Test"), ("prod", "Prod"), ("PROD", "Prod")])
def test_an_environment_is_named_in_any_case_and_production_goes_without_saying(name: str, expected: str) -> None:
    assert environments.select(SETTINGS, name).name == expected


def test_an_unknown_environment_is_told_with_those_there_are() -> None:
    with pytest.raises(Misconfigured, match=r"^--environment: 'Live' must be one of Test, Prod$"):
        environments.select(SETTINGS, "Live")


def test_the_stacks_that_are_there_are_answered_in_the_order_of_the_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = there(monkeypatch, root={}, prod={}, test={})

    found = environments.stacks(SETTINGS, CLIENTS)

    assert [(name, one.name) for name, one in found.items()] == [("Test", "shop-test"), ("Prod", "shop-prod")]
    assert sorted(asked) == ["shop-prod", "shop-test"]


def test_a_stack_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, prod={})

    assert list(environments.stacks(SETTINGS, CLIENTS)) == ["Prod"]


def test_environments_that_are_named_no_more_are_found_by_the_roles_they_had(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = there(monkeypatch, stage={}, test={})

    found = environments.forgotten(SETTINGS, CLIENTS, ["Test", "Stage", "Load", "Prod"])

    assert [(name, one.name) for name, one in found.items()] == [("Stage", "shop-stage")]
    assert asked == ["shop-stage", "shop-load"]


@pytest.mark.parametrize(("name", "expected"), [("", "shop"), ("test", "shop-test")])
def test_the_stack_that_is_meant_is_that_of_an_environment_or_the_pipelines_own(
    monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    there(monkeypatch, root={}, test={})

    assert environments.demand_stack(SETTINGS, CLIENTS, name).name == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "There is no stack shop in 123456789012, eu-west-1.\n  Next: invoke pipeline.up"),
        ("Prod", "There is no stack shop-prod in 123456789012, eu-west-1.\n  Next: invoke pipeline.run"),
    ],
)
def test_a_stack_that_is_not_there_is_told_with_what_makes_it(
    monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    there(monkeypatch)

    with pytest.raises(Error) as caught:
        environments.demand_stack(SETTINGS, CLIENTS, name)

    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("outputs", "name"),
    [
        (["ApiUrl", "SiteUrl", "TargetUrl", "Url"], "TargetUrl"),
        (["Url", "ApiUrl", "SiteUrl"], "SiteUrl"),
        (["Url", "ApiUrl"], "ApiUrl"),
        (["Url"], "Url"),
        (["QueueUrl"], ""),
        ([], ""),
    ],
)
def test_one_of_the_outputs_says_where_an_environment_answers(outputs: list[str], name: str) -> None:
    assert environments.address(outputs) == name


def test_the_addresses_are_of_those_environments_that_say_one(monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, test={"ApiUrl": "https://a/", "Other": "x"}, prod={"Other": "x"})

    assert environments.addresses(SETTINGS, CLIENTS) == {"Test": "https://a/"}
