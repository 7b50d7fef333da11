"""The forms in which a word prints what it found out: `--output text`, `json` or `yaml`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMATS = ("text", "json", "yaml")


def check(form: str) -> None:
    """Refuse a format that there is not.

    Raises:
        Misconfigured: names those that there are.
    """
    if form not in FORMATS:
        raise Misconfigured(f"--output: {form!r} must be one of {', '.join(FORMATS)}")


def written(document: Mapping[str, Any], form: str, lines: Iterable[str]) -> str:
    """A document as JSON or YAML; as text the lines, which may be a generator: nothing else reads them."""
    match form:
        case "json":
            return json.dumps(document, indent=2)
        case "yaml":
            import yaml

            return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).rstrip()
    return "\n".join(lines)
