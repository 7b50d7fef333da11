from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import NoCredentialsError

from lambdas.job import clients
from lambdas.job.job import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.config import Config

OWN = {
    "apigateway": clients.apis,
    "cloudformation": clients.stacks,
    "cloudfront": clients.distributions,
    "cloudwatch": clients.metrics,
    "codepipeline": clients.codepipeline,
    "lambda": clients.functions,
    "s3": clients.s3,
    "secretsmanager": clients.secrets,
    "ssm": clients.parameters,
}


class Session:
    """A session of boto3 that says for which requests it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.keys: Any = None

    def client(self, service: str, **options: Any) -> object:
        self.requests.append((service, options))
        return object()

    def get_credentials(self) -> Any:
        return self.keys


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """The session of the function; no client outlives the test."""
    session = Session()
    forget()
    monkeypatch.setattr("boto3.Session", lambda: session)
    yield session
    forget()


def forget() -> None:
    for make in (*OWN.values(), clients._session):
        make.cache_clear()


def settings(config: Config) -> dict[str, Any]:
    return dict(config._user_provided_options)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("service", "make"), OWN.items())
def test_a_client_of_the_functions_own_is_made_once(session: Session, service: str, make: Callable[[], object]) -> None:
    first, second = make(), make()

    assert first is second
    [(asked, options)] = session.requests
    assert asked == service
    assert options.keys() == {"config"}


@pytest.mark.parametrize("service", sorted(OWN.keys() - {"codepipeline"}))
def test_what_may_pass_is_tried_again_six_times(session: Session, service: str) -> None:
    OWN[service]()

    [(_, options)] = session.requests
    assert settings(options["config"]) == {
        "retries": {"mode": "standard", "max_attempts": 6},
        "connect_timeout": 10,
        "max_pool_connections": 16,
    }


def test_codepipeline_is_asked_twice_within_seconds(session: Session) -> None:
    clients.codepipeline()

    [(_, options)] = session.requests
    assert settings(options["config"]) == {
        "retries": {"mode": "standard", "total_max_attempts": 2},
        "connect_timeout": 2,
        "read_timeout": 4,
    }


def test_the_artifact_store_of_each_job_is_reached_with_its_own_keys(session: Session) -> None:
    keys = Credentials("id", "secret", "token")

    first, second = clients.artifact_store(keys), clients.artifact_store(keys)

    assert first is not second
    assert [service for service, _ in session.requests] == ["s3", "s3"]
    options = session.requests[0][1]
    assert settings(options.pop("config"))["max_pool_connections"] == 16
    assert options == {
        "aws_access_key_id": "id",
        "aws_secret_access_key": "secret",
        "aws_session_token": "token",
    }


def test_credentials_are_those_of_the_function_as_they_are_now(session: Session) -> None:
    class Refreshable:
        def get_frozen_credentials(self) -> str:
            return "frozen"

    session.keys = Refreshable()

    assert clients.credentials() == "frozen"  # type: ignore[comparison-overlap]


@pytest.mark.usefixtures("session")
def test_a_function_without_credentials_says_so() -> None:
    with pytest.raises(NoCredentialsError):
        clients.credentials()
