from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.job import clients
from lambdas.job.ending import JobError
from lambdas.tasks import secrets
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = session().client("secretsmanager")
    monkeypatch.setattr(clients, "secrets", lambda: client)
    with stubbed(client) as stub:
        yield stub


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = session().client("ssm")
    monkeypatch.setattr(clients, "parameters", lambda: client)
    with stubbed(client) as stub:
        yield stub


def test_a_secret_is_read_whole_or_by_a_key_of_its_json(manager: Stubber) -> None:
    for _ in range(2):
        manager.add_response(
            "get_secret_value", {"SecretString": '{"token": "t", "port": 1}'}, {"SecretId": "shop/npm"}
        )

    values = secrets.read({"ALL": "secretsmanager:shop/npm", "TOKEN": "secretsmanager:shop/npm:token"})

    assert values == {"ALL": '{"token": "t", "port": 1}', "TOKEN": "t"}


def test_a_parameter_is_read_in_the_clear(parameters: Stubber) -> None:
    request = {"Name": "/shop/colour", "WithDecryption": True}
    parameters.add_response("get_parameter", {"Parameter": {"Value": "red"}}, request)

    assert secrets.read({"COLOUR": "ssm:/shop/colour"}) == {"COLOUR": "red"}


def test_without_secrets_nobody_is_asked() -> None:
    assert secrets.read({}) == {}


def test_a_secret_that_is_not_there_is_named_with_its_variable(manager: Stubber, parameters: Stubber) -> None:
    manager.add_client_error("get_secret_value", "ResourceNotFoundException")
    parameters.add_client_error("get_parameter", "ParameterNotFound")

    messages = []
    for reference in ("secretsmanager:gone", "ssm:/gone"):
        with pytest.raises(JobError) as caught:
            secrets.read({"TOKEN": reference})
        messages.append(str(caught.value))

    assert messages == [
        "There is no secretsmanager:gone, which Secret.TOKEN names; create it first",
        "There is no ssm:/gone, which Secret.TOKEN names; create it first",
    ]


def test_a_refusal_is_one(manager: Stubber) -> None:
    manager.add_client_error("get_secret_value", "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDenied"):
        secrets.read({"TOKEN": "secretsmanager:theirs"})


def test_what_is_no_text_is_told(manager: Stubber) -> None:
    manager.add_response("get_secret_value", {"SecretBinary": b"x"}, {"SecretId": "cert"})

    with pytest.raises(
        JobError, match=r"^secretsmanager:cert, which Secret\.TOKEN names, is binary; a variable holds text$"
    ):
        secrets.read({"TOKEN": "secretsmanager:cert"})


@pytest.mark.parametrize("text", ["no json", "[]", '{"other": 1}', "1", "null"])
def test_what_has_no_such_key_is_told_and_not_shown(manager: Stubber, text: str) -> None:
    manager.add_response("get_secret_value", {"SecretString": text}, {"SecretId": "npm"})

    with pytest.raises(JobError) as caught:
        secrets.read({"TOKEN": "secretsmanager:npm:token"})

    assert str(caught.value) == "secretsmanager:npm is no JSON object with the key token"
