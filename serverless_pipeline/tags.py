"""The tags a project chooses for everything in its stacks: `Team=shop,CostCenter=42`.

Rules: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "Application"
"""The tag that every stack has anyway; its value is the name of the root stack."""

_MOST = 45
"""Of the 50 that a resource may have, CloudFormation takes some for itself, and one is `OWN`."""
_KEY = re.compile(r"(?!aws:)[\w .:/=+@-]{1,128}", re.IGNORECASE)
_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")


def read(text: str) -> dict[str, str]:
    """The tags by key; what stands after the first `=` is the value."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {key.strip(): value.strip() for key, _, value in pairs}


def mistakes(text: str) -> Iterator[str]:
    """What AWS would have against them, in words."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        key, sign, value = part.partition("=")
        if not sign:
            yield f"tags: {part!r} must be Key=Value"
        elif not _KEY.fullmatch(key.strip()) or not _VALUE.fullmatch(value.strip()):
            yield f"tags: {part!r} must be 1 to 128 and 0 to 256 letters, digits, spaces or _.:/=+-@, not aws: first"
        elif key.strip() == OWN:
            yield f"tags: {OWN} is the pipeline's own; its value is the name of the stack"
    if len(read(text)) < len([part for part in parts if "=" in part]):
        yield f"tags: {text!r} names a key twice"
    if len(parts) > _MOST:
        yield f"tags: {len(parts)} are more than {_MOST}"
