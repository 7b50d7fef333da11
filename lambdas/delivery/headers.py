"""What a browser is told about a file of a site: its type, and how long it may keep it."""

from __future__ import annotations

import codecs
import hashlib
import mimetypes
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from lambdas.delivery import patterns as pattern
from lambdas.delivery.patterns import NO_PATTERNS, Patterns

KEEP = "public, max-age=31536000, immutable"
ASK = "no-cache"

_TYPES = {
    ".atom": "application/atom+xml",
    ".avif": "image/avif",
    ".cjs": "text/javascript",
    ".eot": "application/vnd.ms-fontobject",
    ".flac": "audio/flac",
    ".geojson": "application/geo+json",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".gz": "application/gzip",
    ".ico": "image/x-icon",
    ".ics": "text/calendar",
    ".js": "text/javascript",
    ".json5": "application/json5",
    ".jsonld": "application/ld+json",
    ".jxl": "image/jxl",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".rss": "application/rss+xml",
    ".tgz": "application/gzip",
    ".ttf": "font/ttf",
    ".vcf": "text/vcard",
    ".vtt": "text/vtt",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zst": "application/zstd",
}
"""As IANA has registered them: https://www.iana.org/assignments/media-types/media-types.xhtml."""
_NAMES = {"apple-app-site-association": "application/json"}
"""Files without a suffix that a client wants as something of its own."""
_ENCODINGS = {".gz": "gzip", ".br": "br", ".zst": "zstd"}
_TEXTS = ("text/", "application/json", "application/manifest+json", "application/xml", "image/svg+xml")
_TEXT_ENDS = ("+xml", "+json")
_COMPRESSED_AHEAD = {
    *(".css", ".html", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".wasm", ".webmanifest", ".xml"),
    *(".atom", ".ics", ".rss"),
}
"""What a build compresses for browsers; another file that is compressed is a file to keep."""
_PAGES = (b"<!doctype html", b"<html")
_FIRST = 1024
"""Bytes that tell a file without a suffix."""
_HASHED = re.compile(r"[.-](?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\.")
# The machine's own tables would make the types depend on where the function runs.
_MACHINE_INDEPENDENT = mimetypes.MimeTypes()


@dataclass(frozen=True)
class Headers:
    """The headers of one file; `encoding` is empty where it is not compressed for its way."""

    content_type: str
    cache_control: str
    encoding: str = ""

    @property
    def is_page(self) -> bool:
        """Whether it is for people: pages name the other files."""
        return self.content_type.startswith("text/html")

    @property
    def is_kept(self) -> bool:
        """Whether a browser may keep it for good."""
        return "immutable" in self.cache_control

    def as_http(self) -> dict[str, str]:
        """As a request spells them."""
        own = {"Content-Type": self.content_type, "Cache-Control": self.cache_control}
        return own | ({"Content-Encoding": self.encoding} if self.encoding else {})


def of(name: str, path: Path | None = None, patterns: Patterns = NO_PATTERNS) -> Headers:
    """The headers of a file by its name; without a suffix, by what it holds at `path`. Patterns go before these rules.

    A name that holds a hash of the content never changes what it names.
    """
    plain, encoding = _plain(name)
    encoding = patterns.value(pattern.ENCODING, name) or encoding
    headers = Headers(
        content_type=patterns.value(pattern.TYPE, name) or _content_type(plain, path),
        cache_control=patterns.value(pattern.CACHE, name) or "",
        encoding="" if encoding == pattern.NONE else encoding,
    )
    if headers.cache_control:
        return headers
    is_hashed = _HASHED.search(name.rsplit("/", 1)[-1]) and not headers.is_page
    return replace(headers, cache_control=KEEP if is_hashed else ASK)


def rules() -> str:
    """A digest of the rules in the code: when it changes, what was uploaded before may carry other headers."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for module in (__file__, pattern.__file__):
        digest.update(Path(module).read_bytes())
    return digest.hexdigest()[:16]


def _plain(name: str) -> tuple[str, str]:
    """The name of what a browser sees, and how it was compressed for the way there."""
    path = Path(name)
    if path.suffix.lower() == ".svgz":
        return str(path.with_suffix(".svg")), "gzip"
    encoding = _ENCODINGS.get(path.suffix.lower(), "")
    is_ahead = encoding and Path(path.stem).suffix.lower() in _COMPRESSED_AHEAD
    return (str(path.with_suffix("")), encoding) if is_ahead else (name, "")


def _content_type(name: str, path: Path | None) -> str:
    suffix = Path(name).suffix.lower()
    if suffix:
        content_type = _TYPES.get(suffix) or _MACHINE_INDEPENDENT.guess_type(f"file{suffix}")[0]
    else:
        content_type = _NAMES.get(Path(name).name) or (_seen(path) if path else None)
    if not content_type:
        return "application/octet-stream"
    is_text = content_type.startswith(_TEXTS) or content_type.endswith(_TEXT_ENDS)
    return f"{content_type}; charset=utf-8" if is_text else content_type


def _seen(path: Path) -> str | None:
    """What a file begins like: a page, a text in UTF-8, or neither."""
    with path.open("rb") as file:
        start = file.read(_FIRST)
    if start.lstrip().lower().startswith(_PAGES):
        return "text/html"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return None
    return None if b"\0" in start else "text/plain"
