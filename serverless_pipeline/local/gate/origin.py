"""Who asks: nobody by a name that was made to resolve to this machine, and no page of somebody else's.

A page in the user's browser can send requests here, and tells whose page it is (`Origin`). Its requests come through
only where AWS itself would let any page in: to an API, a function URL, a website or a distribution, each of which
answers CORS as it is configured, and to a bucket whose own CORS configuration names the page. See
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html. A WebSocket knows no CORS, so whoever may send may
read: only pages of this machine open one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import places
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head

HOSTS = frozenset({"127.0.0.1", "localhost"})
_OF_AN_ACCOUNT = re.compile(r"\d{12}\.localhost")
"""How an SDK calls S3 Control: the account's number goes before the host, and nobody else can own such a name
(https://www.rfc-editor.org/rfc/rfc6761#section-6.3)."""


def check_host(head: Head) -> None:
    """Turn away who asks for another machine.

    Raises:
        Refused: the request came under a name that is not this machine's.
    """
    for_an_account = head.path.startswith(places.S3_CONTROL) and _OF_AN_ACCOUNT.fullmatch(head.host)
    if head.host not in HOSTS and not for_an_account:
        raise Refused("", "The embedded AWS answers to 127.0.0.1 and localhost only.", 421)


def check_page(head: Head) -> None:
    """Turn away pages that a service does not let in.

    Raises:
        Refused: a page of another origin asks, and no bucket lets it.
    """
    origin = head.headers.get("origin")
    if origin is None:
        if head.method == "OPTIONS":
            raise Refused("", "A preflight names its origin.", 400)
        return
    if (head.method == "OPTIONS" or not _is_here(origin, head)) and not _bucket_lets_in(head):
        raise Refused("", f"No page of {origin[:200]} is let in here.", 403)


def check_socket(head: Head) -> None:
    """Turn away who opens a WebSocket from elsewhere, or to elsewhere.

    Raises:
        Refused: a page of another machine asks, or no WebSocket API answers there.
    """
    if not head.path.startswith(places.SOCKETS):
        raise Refused("", "WebSocket APIs answer here.", 403)
    origin = head.headers.get("origin")
    if origin is not None and _hostname(origin) not in HOSTS:
        raise Refused("", f"No page of {origin[:200]} is let in here.", 403)


def _is_here(origin: str, head: Head) -> bool:
    """Whether the page was served by this server, by whichever of its names."""
    port = head.headers.get("host", "").rpartition(":")[2]
    return origin in {f"http://{host}:{port}" for host in HOSTS}


def _hostname(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _bucket_lets_in(head: Head) -> bool:
    bucket = head.path.split("/")[1]
    if bucket not in seams.BUCKETS.value or head.scope_service not in {"", "s3"}:
        return False
    if head.method == "OPTIONS":
        status: int = seams.CORS_PREFLIGHT(bucket, head.path, head.headers)[0]
        return status < 400  # noqa: PLR2004 - a status of HTTP
    return bool(seams.CORS_RESPONSE_HEADERS(bucket, head.method, head.headers))
