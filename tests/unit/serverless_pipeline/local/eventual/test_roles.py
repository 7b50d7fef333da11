from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import roles
from serverless_pipeline.local.iam import trust

ROLE = "arn:aws:iam::123456789012:role/path/new"


@pytest.fixture
def operations(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:  # noqa: ARG001 - empty first
    operations: dict[str, Any] = {"CreateRole": lambda _: "made"}
    monkeypatch.setattr(trust, "_exceptions", [])
    seams.IAM_OPERATIONS.replace(operations)
    seams.GET_ACCOUNT_ID.replace(lambda: "123456789012")
    seams.EVALUATE_TRUST_POLICY.replace(lambda *_: True)
    return operations


@pytest.mark.parametrize("name", ["new", ["new"]])
def test_a_role_that_was_just_made_lets_nobody_in(
    operations: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: Any
) -> None:
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr("time.monotonic", lambda: now.seconds)
    roles.install(0.5)

    def is_trusted() -> list[bool]:
        asked = seams.EVALUATE_TRUST_POLICY({}, "arn:caller", SimpleNamespace(resource_arn=ROLE))
        return [asked, not trust._exceptions[0](ROLE)]

    before = is_trusted()
    made = operations["CreateRole"]({"RoleName": name})
    at_once = is_trusted()
    now.seconds += 0.5

    assert (before, made, at_once, is_trusted()) == ([True, True], "made", [False, False], [True, True])


@pytest.mark.usefixtures("operations")
@pytest.mark.parametrize("arn", ["", "*", "arn:aws:iam::123456789012:role/other"])
def test_any_other_is_known(arn: str) -> None:
    roles.install(0.5)

    assert seams.EVALUATE_TRUST_POLICY({}, "arn:caller", SimpleNamespace(resource_arn=arn)) is True
    assert seams.EVALUATE_TRUST_POLICY({}, "arn:caller") is True
