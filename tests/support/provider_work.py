"""The services that a provider asks, in memory: each operation has its answer, and every request is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers.work import Work
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    import pytest

INPUT = Artifact("In", "store", "p/In/abc")
OUTPUT = Artifact("Out", "store", "p/Out/def")


@dataclass
class Services:
    """One client for all services; an answer is a dict, an error, or a list of them to be given in turn."""

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    artifact: bytes = b""

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Services:
        monkeypatch.setattr(Credentials, "client", lambda _self, _service, _region: self)
        return self

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def arguments(self, name: str) -> dict[str, Any]:
        """Of the last request of this name."""
        return [arguments for one, arguments in self.calls if one == name][-1]

    def download_file(self, _bucket: str, _key: str, target: str) -> None:
        Path(target).write_bytes(self.artifact)

    def upload_fileobj(self, content: io.IOBase, bucket: str, key: str, **options: Any) -> None:
        self.calls.append(("upload_fileobj", {"Body": content.read(), "Bucket": bucket, "Key": key, **options}))

    def get_paginator(self, name: str) -> Services:
        assert name == "describe_stack_events"
        return self

    def paginate(self, **arguments: Any) -> list[Any]:
        return [self._answer("describe_stack_events", arguments)]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **arguments: self._answer(name, arguments)

    def _answer(self, name: str, arguments: dict[str, Any]) -> Any:
        self.calls.append((name, arguments))
        answer = self.answers.get(name, {})
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def refusal(code: str, message: str) -> ClientError:
    """What a service says when it does not do what is asked."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def work_of(  # noqa: PLR0913 - all that a provider looks at
    category: str,
    provider: str,
    configuration: dict[str, str],
    *,
    inputs: tuple[Artifact, ...] = (),
    outputs: tuple[Artifact, ...] = (),
    continuation: str = "",
) -> Work:
    """An action to perform, with its configuration resolved."""
    action = Action(
        "Do",
        ActionType(category, "AWS", provider, "1"),
        configuration=configuration,
        inputs=tuple(artifact.name for artifact in inputs),
    )
    run = ActionRun(
        "run", "e", "S", action, 1, 1, "ada", resolved_configuration=configuration, inputs=inputs, outputs=outputs
    )
    credentials = Credentials("the-role", "u", REGION, "k", "s", "t")
    return Work(SCOPE, "p", run, credentials, TIMING, now=10, continuation=continuation)
