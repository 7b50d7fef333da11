from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("empty_ministack")

ROLE = "arn:aws:iam::000000000000:role/service/shop-role"
FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:shop"
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture
def registered() -> Iterator[dict[str, Any]]:
    """The sessions of a MiniStack."""
    registered: dict[str, Any] = {}
    seams.REGISTER_SESSION.replace(registered.__setitem__)
    yield registered
    sessions._sessions.clear()


def test_a_session_is_one_of_the_role(registered: dict[str, Any]) -> None:
    variables = sessions.register(ROLE, "somebody")

    assert tuple(variables) == NAMES
    assert registered == {
        variables["AWS_ACCESS_KEY_ID"]: {
            "Arn": "arn:aws:sts::000000000000:assumed-role/shop-role/somebody",
            "UserId": "shop-role:somebody",
            "SecretAccessKey": variables["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": variables["AWS_SESSION_TOKEN"],
        }
    }


def test_its_keys_look_like_awss_and_cannot_be_guessed(registered: dict[str, Any]) -> None:
    first, second = (sessions.register(ROLE, "somebody") for _ in range(2))

    assert re.fullmatch("ASIA[0-9A-F]{16}", first["AWS_ACCESS_KEY_ID"])
    assert re.fullmatch(r"[\w-]{40}", first["AWS_SECRET_ACCESS_KEY"])
    assert re.fullmatch("[0-9a-f]{128}", first["AWS_SESSION_TOKEN"])
    assert not set(first.values()) & set(second.values())
    assert len(registered) == 2


def test_a_function_keeps_its_session(registered: dict[str, Any]) -> None:
    config = {"FunctionArn": FUNCTION, "Role": ROLE}

    first, second = sessions.credentials(config), sessions.credentials(dict(config))

    assert first == second
    ((key, session),) = registered.items()
    assert first["AWS_ACCESS_KEY_ID"] == key
    assert session["Arn"] == "arn:aws:sts::000000000000:assumed-role/shop-role/shop"


@pytest.mark.parametrize("other", [{"FunctionArn": f"{FUNCTION}2"}, {"Role": f"{ROLE}2"}])
def test_another_function_or_role_has_another_session(registered: dict[str, Any], other: dict[str, str]) -> None:
    config = {"FunctionArn": FUNCTION, "Role": ROLE}

    assert sessions.credentials(config) != sessions.credentials(config | other)
    assert len(registered) == 2


def test_a_sessions_name_is_cut_where_sts_would_refuse_it(registered: dict[str, Any]) -> None:
    sessions.credentials({"FunctionArn": f"{FUNCTION}{'x' * 100}", "Role": ROLE})

    (session,) = registered.values()
    assert len(session["UserId"].partition(":")[2]) == 64


def test_a_function_without_a_role_has_no_session(registered: dict[str, Any]) -> None:
    with pytest.raises(IndexError):
        sessions.credentials({"FunctionArn": FUNCTION})

    assert registered == {}


def test_one_session_is_made_at_a_time(registered: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[bool] = []

    def register(_role: str, _name: str) -> dict[str, str]:
        locked.append(sessions._lock.locked())
        return {}

    monkeypatch.setattr(sessions, "register", register)

    sessions.credentials({"FunctionArn": FUNCTION, "Role": ROLE})

    assert (locked, registered) == ([True], {})
    assert not sessions._lock.locked()
