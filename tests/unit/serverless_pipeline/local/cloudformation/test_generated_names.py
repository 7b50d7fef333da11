from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import generated_names

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

CHANGE = ({"old": 1}, {"new": 1}, "shop", "Table")


class Broken(Exception):
    pass


@pytest.fixture
def seed(cloudformation: CloudFormation) -> ContextVar[str]:
    """The seed of names; MiniStack makes each of them anew."""
    del cloudformation
    seed = ContextVar("seed", default="first")
    seams.NAME_SEED.replace(seed)
    seams.PHYSICAL_NAME.replace(lambda stack, logical_id, **form: (stack, logical_id, form))
    return seed


def names(*asked: tuple[str, str], seed: str = "") -> Any:
    """An update that asks for names, with another seed if one is given."""

    def update(*arguments: Any) -> Any:
        if seed:
            seams.NAME_SEED.value.set(seed)
        return arguments, [seams.PHYSICAL_NAME(*one) for one in asked]

    return update


def installed(update: Any) -> Any:
    seams.UPDATE_RESOURCE.replace(update)
    generated_names.install()
    return seams.UPDATE_RESOURCE


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("attributes", [(), ({"Arn": "arn"},)])
def test_what_is_updated_keeps_its_name(attributes: tuple[Any, ...]) -> None:
    update = installed(names(("shop", "Table")))

    assert update("Kind", "physical", *CHANGE, *attributes) == (
        ("Kind", "physical", *CHANGE, *attributes),
        ["physical"],
    )


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    ("physical_id", "name"),
    [
        ("/aws/lambda/shop-Api-1A", "/aws/lambda/shop-Api-1A"),
        ("arn:aws:sns:eu-west-1:123456789012:shop-News-1A", "shop-News-1A"),
        ("arn:aws:iam::123456789012:policy/team/shop-Policy-1A", "shop-Policy-1A"),
        ("http://127.0.0.1:4566/123456789012/shop-Jobs-1A", "shop-Jobs-1A"),
    ],
)
def test_the_name_is_a_part_of_a_physical_id_that_is_an_arn_or_a_url(physical_id: str, name: str) -> None:
    update = installed(names(("shop", "Table")))

    assert update("Kind", physical_id, *CHANGE)[1] == [name]


@pytest.mark.usefixtures("seed")
def test_another_resource_or_stack_gets_a_name_of_its_own() -> None:
    update = installed(names(("shop", "Other"), ("other", "Table")))

    assert update("Kind", "physical", *CHANGE)[1] == [("shop", "Other", {}), ("other", "Table", {})]


@pytest.mark.usefixtures("seed")
def test_a_replacement_draws_another_seed_and_gets_another_name() -> None:
    update = installed(names(("shop", "Table"), seed="second"))

    assert update("Kind", "physical", *CHANGE)[1] == [("shop", "Table", {})]


@pytest.mark.usefixtures("seed")
def test_a_name_is_generated_in_the_form_that_is_asked_for() -> None:
    installed(names())

    assert seams.PHYSICAL_NAME("shop", "Table", max_len=3) == ("shop", "Table", {"max_len": 3})


@pytest.mark.usefixtures("seed")
def test_a_resource_that_is_not_told_by_its_logical_id_is_updated_as_well() -> None:
    update = installed(names(("shop", "Table")))

    assert update("Kind", "physical", {}, {}, "shop")[1] == [("shop", "Table", {})]


@pytest.mark.usefixtures("seed")
def test_the_name_is_kept_for_the_update_alone_however_it_ends() -> None:
    def fail(*_: Any) -> None:
        raise Broken

    update = installed(fail)

    with pytest.raises(Broken):
        update("Kind", "physical", *CHANGE)

    assert seams.PHYSICAL_NAME("shop", "Table") == ("shop", "Table", {})
