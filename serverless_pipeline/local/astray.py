"""A page of a site names another by its path from the root, which on this machine is not the site's.

On AWS a site has a host of its own: `/style.css` is its file. Here it lies below `/_website/<bucket>/` or
`/_cloudfront/<distribution>/`, so a browser asks for the path at the root, and tells which page wanted it (`Referer`).
Such a request is sent to where it is meant. It is none if it is signed, or is for a bucket that is there.
"""

import re
from urllib.parse import quote, urlsplit

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront import viewer
from serverless_pipeline.local.reply import Scope
from serverless_pipeline.local.website import PREFIX

_SITE = re.compile(f"((?:{PREFIX}|{viewer.PREFIX})[^/]+)/")


def place(scope: Scope) -> str:
    """Where a request is meant to go, its query included; empty if it is where it should be."""
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    if scope["method"] not in {"GET", "HEAD"} or path.startswith("/_"):
        return ""
    headers = dict(scope["headers"])
    site = _SITE.match(urlsplit(headers.get(b"referer", b"").decode("latin-1")).path)
    if not site or b"authorization" in headers or "Signature=" in query or _is_bucket(path):
        return ""
    return f"{site[1]}{quote(path)}" + (f"?{query}" if query else "")


def _is_bucket(path: str) -> bool:
    return path.split("/")[1] in seams.BUCKETS.value
