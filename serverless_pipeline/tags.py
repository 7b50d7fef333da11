"""The tags a project chooses for everything in its stacks: `Team=shop,CostCenter=42`.

Rules: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OWN = "Application"
"""The tag that every stack has anyway; its value is the name of the root stack."""

_MOST = 45
"""Of the 50 that a resource may have, CloudFormation takes some for itself, and one is `OWN`."""
_KEY = re.compile(r"(?!aws:)[\w .:/=+@-]{1,128}", re.IGNORECASE)
_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")


def read(text: str) -> dict[str, str]:
    """The tags by key; what stands after the first `=` is the value.

    Raises:
        ValueError: each argument says in words what cannot be read.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    pairs = [(key.strip(), value.strip()) for key, sign, value in (part.partition("=") for part in parts) if sign]
    mistakes = [f"{part!r} must be Key=Value" for part in parts if "=" not in part]
    if len({key for key, _ in pairs}) < len(pairs):
        mistakes.append(f"{text!r} names a key twice")
    if mistakes:
        raise ValueError(*mistakes)
    return dict(pairs)


def mistakes(tags: Mapping[str, str]) -> Iterator[str]:
    """What AWS would have against them, in words."""
    for key, value in tags.items():
        if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
            pair = f"{key}={value}"
            yield f"{pair!r} must be 1 to 128 and 0 to 256 letters, digits, spaces or _.:/=+-@, not aws: first"
        elif key == OWN:
            yield f"{OWN} is the pipeline's own; its value is the name of the stack"
    if len(tags) > _MOST:
        yield f"{len(tags)} are more than {_MOST}"
