"""What the tests of the functions share: events as AWS sends them, Lambda's context, a CodePipeline that listens."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest

from lambdas.job import clients as functions_clients
from tests.support import ROOT
from tests.support.store import BUCKET, Store, key_of, zipped

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_codepipeline import CodePipelineClient

Events: TypeAlias = Callable[..., dict[str, Any]]
SECRETS = ("ASIAEXAMPLE", "a-secret-key", "a-session-token")
"""The keys that each event carries, and that nobody shows."""


class Context:
    """The context object of Lambda: so many seconds are left."""

    def __init__(self, seconds: float = 900) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class CodePipeline:
    """A CodePipeline that takes every answer."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []

    @property
    def client(self) -> CodePipelineClient:
        """It, for those who ask for a client."""
        return cast("CodePipelineClient", self)

    def put_job_success_result(self, **request: Any) -> None:
        self.answers.append(request)

    def put_job_failure_result(self, **request: Any) -> None:
        self.answers.append(request)

    @property
    def answer(self) -> dict[str, Any]:
        """The one answer."""
        (answer,) = self.answers
        return answer

    @property
    def failure(self) -> dict[str, str]:
        return cast("dict[str, str]", self.answer["failureDetails"])


class Log:
    """The log of a function as it would be if Lambda killed it now: only what was flushed is there."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._stream = io.TextIOWrapper(self._buffer, encoding="utf-8")

    def print(self, *words: object, flush: bool = False) -> None:
        self._stream.write(f"{' '.join(map(str, words))}\n")
        if flush:
            self._stream.flush()

    @property
    def lines(self) -> list[str]:
        return self._buffer.getvalue().decode().splitlines()


def sources() -> dict[str, str]:
    """The modules of the functions, by the names that they have in the bundle."""
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "lambdas").rglob("*.py")}


def artifact_entry(name: str, revision: str | None = None) -> dict[str, Any]:
    location = {"bucketName": BUCKET, "objectKey": key_of(name)}
    return {"name": name, "revision": revision, "location": {"type": "S3", "s3Location": location}}


def job_event(
    parameters: str | None = None,
    inputs: list[str] | None = None,
    outputs: list[str] | None = None,
    revision: str | None = None,
    **data: Any,
) -> dict[str, Any]:
    """The event of a new job: parameters, names of inputs and of outputs, whatever else goes into its data."""
    configuration = {"FunctionName": "dromedary-run-task"}
    if parameters is not None:
        configuration["UserParameters"] = parameters
    access_key_id, secret_access_key, session_token = SECRETS
    job = {
        "actionConfiguration": {"configuration": configuration},
        "inputArtifacts": [artifact_entry(name, revision) for name in inputs or []],
        "outputArtifacts": [artifact_entry(name) for name in outputs or []],
        "artifactCredentials": {
            "accessKeyId": access_key_id,
            "secretAccessKey": secret_access_key,
            "sessionToken": session_token,
            "expirationTime": 1795467600000,
        },
    }
    return {"CodePipeline.job": {"id": str(uuid.uuid4()), "accountId": "111122223333", "data": job | data}}


@pytest.fixture
def event() -> Events:
    """Make the event of a new job."""
    return job_event


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """The artifact store that handlers find, as a job reaches it and as their own role does."""
    store = Store()
    monkeypatch.setattr(functions_clients, "artifact_store", lambda _credentials: store)
    monkeypatch.setattr(functions_clients, "s3", lambda: store)
    return store


@pytest.fixture
def codepipeline(monkeypatch: pytest.MonkeyPatch) -> CodePipeline:
    """The CodePipeline that handlers answer."""
    codepipeline = CodePipeline()
    monkeypatch.setattr(functions_clients, "codepipeline", lambda: codepipeline)
    return codepipeline


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """What the functions print."""
    log = Log()
    monkeypatch.setattr("builtins.print", log.print)
    return log


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of the function."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def context() -> type[Context]:
    return Context


@pytest.fixture
def pack() -> Callable[..., bytes]:
    return zipped
