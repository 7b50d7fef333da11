from __future__ import annotations

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:role/service/pipeline"


def test_an_arn_tells_account_and_name_without_its_path() -> None:
    assert (role.account(ARN), role.name(ARN)) == (ACCOUNT, "pipeline")
    assert role.name(f"arn:aws:iam::{ACCOUNT}:role/plain") == "plain"


def test_who_acts_as_a_role_has_an_arn_of_sts() -> None:
    assert role.session_arn(ARN, "me") == f"arn:aws:sts::{ACCOUNT}:assumed-role/pipeline/me"


def test_a_role_is_that_of_its_account() -> None:
    seams.ROLES.value.set_scoped(ACCOUNT, None, "pipeline", {"RoleId": "AROA1"})

    assert role.record(ARN) == {"RoleId": "AROA1"}
    assert role.record(ARN.replace(ACCOUNT, "444455556666")) == {}
    assert role.record(f"{ARN}2") == {}
    seams.ROLES.value.clear()
