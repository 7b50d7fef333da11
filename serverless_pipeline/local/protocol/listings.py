"""Keys in a listing of versions as addresses write them, where the client asks for it.

No XML may hold most control characters, so S3 writes keys as addresses do if it is asked to (`encoding-type=url`), and
every SDK asks: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html. MiniStack does so in the
listings of objects, and not in that of versions, which nobody can read then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import unescape

from serverless_pipeline.local import seams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.gate.refusal import Response

_KEYS = re.compile(r"<(Key|Prefix|Delimiter|KeyMarker|NextKeyMarker)>([^<]*)</\1>")
_ENTITIES = {"&quot;": '"', "&apos;": "'", "&#09;": "\t", "&#10;": "\n", "&#13;": "\r"}


def install() -> None:
    """Write the keys of versions so."""
    seams.LIST_OBJECT_VERSIONS.wrap(encoding)


def encoding(list_versions: Callable[..., Response]) -> Callable[..., Response]:
    """A listing of versions, with keys as the client asked for them."""

    def list_encoded(bucket: str, query: Mapping[str, Any]) -> Response:
        status, headers, body = list_versions(bucket, query)
        asked = query.get("encoding-type", "")
        if status != 200 or "url" not in asked:  # noqa: PLR2004 - a status of HTTP
            return status, headers, body
        text = _KEYS.sub(_encoded, body.decode())
        ending = "</ListVersionsResult>"
        return status, headers, text.replace(ending, f"<EncodingType>url</EncodingType>{ending}").encode()

    return list_encoded


def _encoded(match: re.Match[str]) -> str:
    return f"<{match[1]}>{quote(unescape(match[2], _ENTITIES), safe='/')}</{match[1]}>"
