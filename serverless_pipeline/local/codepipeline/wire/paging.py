"""A list in pages: the token of the next page says where it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PAGE = 100


def page(name: str, items: Sequence[Mapping[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a list that a request asks for, under its name, with the token of the next part if there is one.

    Raises:
        Refusal: the token is none of ours.
    """
    token = request.get("nextToken", "0")
    if not token.isdecimal():
        raise Refusal("InvalidNextTokenException", f"The next token {token} is not valid")
    start, size = int(token), request.get("maxResults", _PAGE)
    end = start + size
    answer: dict[str, Any] = {name: items[start:end]}
    if end < len(items):
        answer["nextToken"] = str(end)
    return answer
