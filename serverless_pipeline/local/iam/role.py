"""A role by its ARN: what the ARN says, and the role as IAM has it."""

from __future__ import annotations

from typing import Any

from serverless_pipeline.local import seams


def account(role_arn: str) -> str:
    """The account it lives in, twelve digits."""
    return role_arn.split(":")[4]


def name(role_arn: str) -> str:
    """The name without the path."""
    return role_arn.rsplit("/", 1)[-1]


def record(role_arn: str) -> dict[str, Any]:
    """The role as IAM has it; nothing if it does not exist."""
    role: dict[str, Any] | None = seams.ROLES.value.get_scoped(account(role_arn), None, name(role_arn))
    return role or {}


def session_arn(role_arn: str, session_name: str) -> str:
    """The ARN of somebody who acts as the role."""
    return f"arn:aws:sts::{account(role_arn)}:assumed-role/{name(role_arn)}/{session_name}"
