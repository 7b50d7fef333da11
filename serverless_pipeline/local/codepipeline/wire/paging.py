"""A list in pages: the token of the next page says after which item it starts, and in which list.

Items come and go between two pages. A page that starts after an item repeats and loses none of the others; in a list
that stands in the order of its keys, that item may even be gone.
"""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, TypeVar

from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Document = dict[str, Any]

Item = TypeVar("Item")

_PAGE = 100
_OF_PAGES = ("nextToken", "maxResults")


def page(  # noqa: PLR0913 - the last three have defaults
    name: str,
    items: Sequence[Item],
    request: Mapping[str, Any],
    *,
    key: Callable[[Item], str] | None = None,
    ordered: bool = False,
    wanted: Callable[[Item], bool] = lambda _item: True,
    describe: Callable[[Item], Any] = lambda item: item,
) -> Document:
    """The part of a list that a request asks for, under its name, with the token of the next part if there is one.

    `key` names an item for good; without it the list is taken for one that does not change. `ordered` lists stand in
    the order of their keys. Only what is `wanted` is answered, be it that the last item is not any more; `describe`
    makes documents of the items that are asked for.

    Raises:
        Refusal: the token is none of this list.
    """
    keys = [key(item) for item in items] if key else [str(position) for position in range(len(items))]
    start = _start(keys, _Token(name, request), request.get("nextToken"), ordered=ordered)
    rest = [position for position in range(start, len(items)) if wanted(items[position])]
    shown = rest[: request.get("maxResults", _PAGE)]
    answer: Document = {name: [describe(items[position]) for position in shown]}
    if len(shown) < len(rest):
        answer["nextToken"] = _Token(name, request).write(keys[shown[-1]])
    return answer


def _start(keys: list[str], tokens: _Token, token: str | None, *, ordered: bool) -> int:
    if token is None:
        return 0
    last = tokens.read(token)
    if ordered:
        return bisect_right(keys, last)
    if last not in keys:
        raise _refusal(token)
    return keys.index(last) + 1


class _Token:
    """The tokens of one list: of an operation, for what else its request says."""

    def __init__(self, name: str, request: Mapping[str, Any]) -> None:
        asked = {key: value for key, value in request.items() if key not in _OF_PAGES}
        self._list = hashlib.sha256(json.dumps([name, asked], sort_keys=True).encode()).hexdigest()[:16]

    def write(self, last: str) -> str:
        return base64.urlsafe_b64encode(json.dumps([self._list, last]).encode()).decode()

    def read(self, token: str) -> str:
        """The key that a token holds."""
        try:
            document = json.loads(base64.urlsafe_b64decode(token))
        except ValueError as error:
            raise _refusal(token) from error
        match document:
            case [self._list, str(last)]:
                return last
        raise _refusal(token)


def _refusal(token: str) -> Refusal:
    return Refusal("InvalidNextTokenException", f"The next token {token} is not valid")
