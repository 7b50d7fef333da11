"""Values that are stored and used, but not shown."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model import secrets
from serverless_pipeline.local.codepipeline.model.declaration import ActionType

NAMES = {"category": "Build", "owner": "Custom", "provider": "Mill", "version": "1"}
HIDDEN = {ActionType(**NAMES): frozenset({"Password"})}


def document(password: str, **change: Any) -> dict[str, Any]:
    whole = {"runOrder": 1, "inputArtifacts": [], "outputArtifacts": []}
    action = {"name": "Mill", "actionTypeId": NAMES, "configuration": {"Password": password, "Key": "k"}, **change}
    plain = {"name": "Gate", "actionTypeId": {**NAMES, "provider": "Manual"}, "configuration": {"Password": "x"}}
    bare = {"name": "Bare", "actionTypeId": NAMES, "configuration": {}}
    return {"stages": [{"name": "Build", "actions": [{**whole, **one} for one in (action, plain, bare)]}]}


def test_only_secret_values_of_their_type_are_masked_and_the_declaration_keeps_them() -> None:
    declared = document("sesame")

    assert secrets.mask(declared, HIDDEN) == document("****")
    assert declared == document("sesame")


def test_a_mask_keeps_what_was_stored() -> None:
    assert secrets.restore(document("****"), document("sesame"), HIDDEN) == document("sesame")


def test_another_value_counts() -> None:
    assert secrets.restore(document("new"), document("sesame"), HIDDEN) == document("new")


def test_a_mask_keeps_what_was_stored_where_what_aws_fills_in_is_left_out() -> None:
    short = document("****")
    del short["stages"][0]["actions"][0]["runOrder"], short["stages"][0]["actions"][2]["configuration"]

    assert secrets.restore(short, document("sesame"), HIDDEN) == document("sesame")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"actionTypeId": {**NAMES, "version": "2"}},
        {"configuration": {"Key": "other", "Password": "****"}},
        {"runOrder": 2},
    ],
)
def test_an_action_that_is_another_keeps_nothing(change: dict[str, Any]) -> None:
    masked = document("****", **change)

    assert secrets.restore(masked, document("sesame"), HIDDEN) == masked


def test_a_stage_that_is_renamed_loses_its_secrets() -> None:
    before = document("sesame")
    before["stages"][0]["name"] = "Other"

    assert secrets.restore(document("****"), before, HIDDEN) == document("****")
