from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("empty_ministack")

ROLE = "arn:aws:iam::000000000000:role/service/shop-role"
FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:shop"


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The sessions of a MiniStack whose IAM knows the role."""
    registered: dict[str, Any] = {}
    seams.REGISTER_SESSION.replace(registered.__setitem__)
    monkeypatch.setattr(role, "record", lambda arn: {"RoleId": "AROA1"} if arn == ROLE else {})
    yield registered
    sessions._of_functions.clear()


def test_a_session_is_one_of_the_role(registered: dict[str, Any]) -> None:
    session = sessions.begin(ROLE, "somebody", 4600.5)

    assert registered == {
        session.access_key_id: {
            "Arn": "arn:aws:sts::000000000000:assumed-role/shop-role/somebody",
            "UserId": "AROA1:somebody",
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
            "AccountId": "000000000000",
            "PrincipalType": "AssumedRole",
            "Expiration": 4600.5,
        }
    }


def test_a_session_ends_only_if_it_is_said_when(registered: dict[str, Any]) -> None:
    session = sessions.begin(ROLE, "somebody")

    assert "Expiration" not in registered[session.access_key_id]


def test_its_keys_look_like_awss_and_cannot_be_guessed(registered: dict[str, Any]) -> None:
    first, second = (sessions.begin(ROLE, "somebody") for _ in range(2))

    assert re.fullmatch("ASIA[0-9A-F]{16}", first.access_key_id)
    assert re.fullmatch("[0-9a-f]{40}", first.secret_access_key)
    assert re.fullmatch(r"[\w-]{128}", first.session_token)
    assert not set(first.environment().values()) & set(second.environment().values())
    assert list(registered) == [first.access_key_id, second.access_key_id]


def test_any_sdk_reads_it_from_three_variables() -> None:
    session = sessions.Session("key", "secret", "token")

    assert session.environment() == {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }


def test_a_session_does_not_show_what_is_secret() -> None:
    assert repr(sessions.Session("key", "secret", "token")) == "Session(access_key_id='key')"


def test_a_function_keeps_its_session(registered: dict[str, Any]) -> None:
    config = {"FunctionArn": FUNCTION, "Role": ROLE}

    first, second = sessions.of_function(config), sessions.of_function(dict(config))

    assert first is second
    ((key, session),) = registered.items()
    assert first.access_key_id == key
    assert session["Arn"] == "arn:aws:sts::000000000000:assumed-role/shop-role/shop"


@pytest.mark.parametrize("other", [{"FunctionArn": f"{FUNCTION}2"}, {"Role": f"{ROLE}2"}])
def test_another_function_or_role_has_another_session(registered: dict[str, Any], other: dict[str, str]) -> None:
    config = {"FunctionArn": FUNCTION, "Role": ROLE}

    assert sessions.of_function(config) != sessions.of_function(config | other)
    assert len(registered) == 2


def test_a_sessions_name_is_cut_where_sts_would_refuse_it(registered: dict[str, Any]) -> None:
    sessions.of_function({"FunctionArn": f"{FUNCTION}{'x' * 100}", "Role": ROLE})

    (session,) = registered.values()
    assert len(session["UserId"].partition(":")[2]) == 64


def test_a_function_without_a_role_has_no_session(registered: dict[str, Any]) -> None:
    with pytest.raises(IndexError):
        sessions.of_function({"FunctionArn": FUNCTION})

    assert registered == {}


def test_a_function_gets_one_session_however_many_ask_at_once(
    registered: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[bool] = []

    def begin(_role: str, _name: str) -> sessions.Session:
        locked.append(sessions._lock.locked())
        return sessions.Session("", "", "")

    monkeypatch.setattr(sessions, "begin", begin)

    sessions.of_function({"FunctionArn": FUNCTION, "Role": ROLE})

    assert (locked, registered) == ([True], {})
    assert not sessions._lock.locked()


def test_ministack_adds_one_session_at_a_time_and_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, additions = threading.Lock(), []
    monkeypatch.setattr(threading, "Lock", lambda: lock)
    seams.REGISTER_SESSION.replace(lambda *session: additions.append((lock.locked(), *session)))
    sessions.install()

    seams.REGISTER_SESSION("key", {"Arn": "arn"})

    assert additions == [(True, "key", {"Arn": "arn"})]
    assert not lock.locked()
