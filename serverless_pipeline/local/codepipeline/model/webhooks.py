"""Webhooks: what somebody outside may start by a POST to an address that only they know.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_WebhookDefinition.html
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.scope import Scope

PREFIX = "/_webhook/"
"""Where webhooks answer; the token of the webhook comes after it."""

_PATH = re.compile(r"\$(?:\.[A-Za-z_][\w-]*|\['[^'\]]+'\]|\[\d+\])*")
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^'\]]+)'\]|\[(\d+)\]")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_MISSING = object()


@dataclass(frozen=True)
class Filter:
    """What the payload must have at a place: something, or a certain text, in which `{Key}` is of a configuration."""

    path: str
    value: str | None = None

    def check(self) -> None:
        """Refuse what of JsonPath is not imitated.

        Raises:
            Refusal: the path has more than names and indexes.
        """
        if not _PATH.fullmatch(self.path):
            raise Refusal(
                "InvalidWebhookFilterPatternException",
                f"The embedded AWS reads names and indexes of JsonPath, such as $.ref or $.commits[0].id, not"
                f" '{self.path}'",
            )

    def matches(self, payload: object, configuration: Mapping[str, str]) -> bool:
        """Whether a payload has it."""
        found = _find(payload, self.path)
        if self.value is None or found is _MISSING:
            return found is not _MISSING
        wanted = _PLACEHOLDER.sub(lambda match: configuration.get(match[1], match[0]), self.value)
        return _text(found) == wanted


@dataclass
class Webhook:
    """A webhook of an account in a region; its token stays when it is put anew."""

    scope: Scope
    name: str
    pipeline: str
    action: str
    filters: tuple[Filter, ...]
    authentication: str
    secret: str = field(default="", repr=False)
    ip_range: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    registered: bool = False
    triggered: float | None = None
    error: tuple[str, str] | None = None

    @property
    def arn(self) -> str:
        return self.scope.arn(f"webhook:{self.name}")

    def accepts(self, payload: object, configuration: Mapping[str, str]) -> bool:
        """Whether a payload passes every filter, given the configuration of the target action."""
        return all(one.matches(payload, configuration) for one in self.filters)


def _find(payload: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    for name, quoted, index in _STEP.findall(path):
        if index and isinstance(payload, list) and int(index) < len(payload):
            payload = payload[int(index)]
        elif not index and isinstance(payload, dict) and (name or quoted) in payload:
            payload = payload[name or quoted]
        else:
            return _MISSING
    return payload


def _text(value: object) -> object:
    """A scalar as it is compared."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
