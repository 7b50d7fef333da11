from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import policies

ACCOUNT = "123456789012"


class Iam:
    """One role, and what it may do."""

    def __init__(self) -> None:
        self.now = 100.0
        self.allowed: list[str] = []
        self.operations: dict[str, Any] = dict.fromkeys(policies.CHANGES, self.change)

    def change(self, parameters: dict[str, Any]) -> str:
        self.allowed = [*self.allowed, parameters["PolicyName"]] if "PolicyName" in parameters else self.allowed
        return "done"

    def gather(self, name: str, account: str) -> list[str]:
        return self.allowed if (name, account) == ("role", ACCOUNT) else ["others"]


@pytest.fixture
def iam(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> Iam:  # noqa: ARG001 - it has to be empty first
    iam = Iam()
    seams.IAM_OPERATIONS.replace(iam.operations)
    seams.GATHER_ROLE_POLICIES.replace(iam.gather)
    seams.GET_ACCOUNT_ID.replace(lambda: ACCOUNT)
    monkeypatch.setattr(policies, "time", SimpleNamespace(monotonic=lambda: iam.now))
    policies.install(0.5)
    return iam


@pytest.mark.parametrize("operation", policies.CHANGES)
def test_a_change_counts_after_its_time(iam: Iam, operation: str) -> None:
    answer = iam.operations[operation]({"RoleName": "role", "PolicyName": "one"})
    seen = []
    for seconds in (0.0, 0.49, 0.51):
        iam.now = 100.0 + seconds
        seen.append(seams.GATHER_ROLE_POLICIES("role", ACCOUNT))

    assert (answer, seen) == ("done", [[], [], ["one"]])


def test_each_change_takes_its_own_time(iam: Iam) -> None:
    iam.operations["PutRolePolicy"]({"RoleName": ["role"], "PolicyName": "one"})
    iam.now += 0.3
    iam.operations["AttachRolePolicy"]({"RoleName": ["role"], "PolicyName": "two"})
    seen = []
    for seconds in (0.49, 0.51, 0.79, 0.81):
        iam.now = 100.0 + seconds
        seen.append(seams.GATHER_ROLE_POLICIES("role", ACCOUNT))

    assert seen == [[], ["one"], ["one"], ["one", "two"]]


def test_another_role_and_a_request_that_changes_nothing_are_as_they_are(iam: Iam) -> None:
    iam.operations["PutRolePolicy"]({"RoleName": "role"})
    iam.allowed = ["made by CloudFormation"]

    assert seams.GATHER_ROLE_POLICIES("role", ACCOUNT) == ["made by CloudFormation"]
    assert seams.GATHER_ROLE_POLICIES("other", ACCOUNT) == ["others"]
