"""Types of actions that somebody made known."""

from __future__ import annotations

from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from tests.support.frozen import changeable

KIND = ActionType("Build", "Custom", "Mill", "1")


def test_a_type_knows_its_secret_keys_and_the_one_that_workers_may_ask_by() -> None:
    known = CustomActionType(
        KIND,
        (0, 1),
        (0, 1),
        (
            Property("Project", required=True, key=True, secret=False, queryable=True),
            Property("Password", required=True, key=False, secret=True),
        ),
    )

    assert (known.secrets, known.queryable) == (frozenset({"Password"}), "Project")


def test_a_type_without_properties_has_neither() -> None:
    known = CustomActionType(KIND, (0, 1), (0, 1))

    assert (known.secrets, known.queryable) == (frozenset(), "")


def test_a_property_cannot_be_changed() -> None:
    assert changeable(Property("a", required=True, key=True, secret=True)) == []


def test_a_type_is_for_the_accounts_that_it_allows() -> None:
    one = CustomActionType(KIND, (0, 1), (0, 1), allowed=frozenset({"111122223333"}))
    every = CustomActionType(KIND, (0, 1), (0, 1), allowed=frozenset({"*"}))

    assert [one.is_for("111122223333"), one.is_for("444455556666"), every.is_for("444455556666")] == [True, False, True]
    assert not CustomActionType(KIND, (0, 1), (0, 1)).is_for("111122223333")
