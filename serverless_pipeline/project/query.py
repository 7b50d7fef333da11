"""The query strings of actions, as they stand in a text that `Fn::Sub` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESERVED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "&=+%# "})


def quoted(text: str) -> str:
    """A value as it stands in a query string; only what would end it or be read as something else is encoded."""
    return text.translate(_RESERVED)


def literal(text: str) -> str:
    """A text that holds no `${…}` or `#{…}` of ours, as it stands in what `Fn::Sub` reads."""
    return quoted(text).replace("${", "${!")


def asked(parameters: Mapping[str, str]) -> str:
    """Parameters, each after an `&`; their values are `literal`, or refer to something."""
    return "".join(f"&{literal(key)}={value}" for key, value in parameters.items())


def asked_literally(parameters: Mapping[str, str]) -> str:
    """Parameters whose values refer to nothing."""
    return asked({key: literal(value) for key, value in parameters.items()})
