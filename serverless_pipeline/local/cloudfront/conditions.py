"""What is answered of a file that is at hand: all of it, a part, or that the viewer has it already.

https://www.rfc-editor.org/rfc/rfc9110, sections 13 and 14
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local.cloudfront.cache import Answer

HEADERS = frozenset({"range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"})
"""The headers of a request that are answered here."""
_OF_CONTENT = frozenset({"content-length", "content-type", "content-encoding", "content-range"})


def apply(asked: Mapping[str, Any], answer: Answer) -> Answer:
    """The answer to a request, by its headers in lower case, from the answer with the whole file."""
    status, _, headers, body = answer
    if status != HTTPStatus.OK:
        return answer
    if _is_another(asked, headers):
        return HTTPStatus.PRECONDITION_FAILED, "Precondition Failed", _without_content(headers), b""
    if _is_known(asked, headers):
        return HTTPStatus.NOT_MODIFIED, "Not Modified", _without_content(headers), b""
    part = _part(asked, headers, len(body))
    if part is None:
        return answer
    if not part:
        ranged = _without_content(headers) | {"content-range": f"bytes */{len(body)}"}
        return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "Range Not Satisfiable", ranged, b""
    content = {"content-range": f"bytes {part[0]}-{part[-1]}/{len(body)}", "content-length": str(len(part))}
    return HTTPStatus.PARTIAL_CONTENT, "Partial Content", headers | content, body[part[0] : part[-1] + 1]


def _is_another(asked: Mapping[str, Any], headers: Mapping[str, Any]) -> bool:
    if "if-match" in asked:
        return not _names(asked["if-match"], headers)
    return "if-unmodified-since" in asked and _is_later(headers, asked["if-unmodified-since"])


def _is_known(asked: Mapping[str, Any], headers: Mapping[str, Any]) -> bool:
    if "if-none-match" in asked:
        return _names(asked["if-none-match"], headers)
    return "if-modified-since" in asked and not _is_later(headers, asked["if-modified-since"])


def _names(tags: str, headers: Mapping[str, Any]) -> bool:
    own = str(headers.get("etag", "")).removeprefix("W/")
    return tags.strip() == "*" or own in [tag.strip().removeprefix("W/") for tag in tags.split(",")]


def _is_later(headers: Mapping[str, Any], moment: str) -> bool:
    """Whether the file was modified after a moment; a moment that cannot be read is long ago."""
    try:
        return parsedate_to_datetime(headers["last-modified"]) > parsedate_to_datetime(moment)
    except (KeyError, ValueError, TypeError):
        return True


def _part(asked: Mapping[str, Any], headers: Mapping[str, Any], length: int) -> range | None:
    """The bytes that one range asks for, an empty range if the file has none of them; None for the whole file."""
    form = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.get("range", "").strip())
    if not form or not (form[1] or form[2]):
        return None
    if "if-range" in asked and asked["if-range"] not in {headers.get("etag"), headers.get("last-modified")}:
        return None
    if not form[1]:
        return range(max(length - int(form[2]), 0), length)
    last = min(int(form[2]), length - 1) if form[2] else length - 1
    return range(int(form[1]), last + 1)


def _without_content(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name not in _OF_CONTENT}
