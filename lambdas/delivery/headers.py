"""What a browser is told about a file of a site: its type, and how long it may keep it."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

KEEP = "public, max-age=31536000, immutable"
ASK = "no-cache"

_TYPES = {
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_TEXTS = ("text/", "application/json", "application/manifest+json", "application/xml", "image/svg+xml")
_HASHED = re.compile(r"[.-](?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\.")
# The machine's own tables would make the types depend on where the function runs.
_MACHINE_INDEPENDENT = mimetypes.MimeTypes()


@dataclass(frozen=True)
class Headers:
    """The headers of one file."""

    content_type: str
    cache_control: str

    @property
    def is_page(self) -> bool:
        """Whether it is for people: pages name the other files."""
        return self.content_type.startswith("text/html")

    def as_http(self) -> dict[str, str]:
        """As a request spells them."""
        return {"Content-Type": self.content_type, "Cache-Control": self.cache_control}


def of(name: str) -> Headers:
    """The headers of a file by its name: a name that holds a hash of the content never changes what it names."""
    headers = Headers(_content_type(name), ASK)
    is_hashed = _HASHED.search(name.rsplit("/", 1)[-1]) and not headers.is_page
    return replace(headers, cache_control=KEEP) if is_hashed else headers


def rules() -> str:
    """A digest of the rules in this module: when it changes, what was uploaded before may carry other headers."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(f"{sys.version_info[:2]}".encode())
    return digest.hexdigest()[:16]


def _content_type(name: str) -> str:
    suffix = Path(name).suffix.lower()
    standard, encoding = _MACHINE_INDEPENDENT.guess_type(f"file{suffix}")
    content_type = _TYPES.get(suffix) or standard
    if not content_type or encoding:
        return "application/octet-stream"
    return f"{content_type}; charset=utf-8" if content_type.startswith(_TEXTS) else content_type
