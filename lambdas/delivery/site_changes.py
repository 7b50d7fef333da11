"""What a delivery changes in the bucket of a site.

What changed is told by the content: S3's ETag is the MD5 of an object, and dates say nothing about files that come out
of a zip. Where a bucket encrypts with a KMS key, ETags are no MD5: there all files are uploaded each time, none missed.
Under other rules for headers all is uploaded, under other patterns what they give other headers.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.delivery import headers
from lambdas.delivery.site_memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lambdas.delivery.patterns import Patterns
    from lambdas.delivery.site_bucket import SiteBucket

CONFIG = "config.json"


@dataclass(frozen=True)
class Changes:
    """What is there (ETags by key), what it remembers, which keys come and which go.

    `is_configured` tells whether `config.json` stays as it is.
    """

    etags: Mapping[str, str]
    remembered: Memory
    changed: list[str]
    stale: list[str]
    is_configured: bool

    @classmethod
    def between(cls, bucket: SiteBucket, files: Mapping[str, Path], config: bytes, memory: Memory) -> Changes:
        """What makes a bucket hold these files with the headers that `memory` wants, and this `config.json`."""
        etags = bucket.etags()
        remembered = Memory.from_metadata(bucket.metadata(CONFIG)) if CONFIG in etags else Memory()
        changed = changed_files(files, etags, memory, remembered)
        stale = sorted(etags.keys() - files.keys() - {CONFIG})
        is_configured = etags.get(CONFIG) == hashlib.md5(config, usedforsecurity=False).hexdigest()
        return cls(etags, remembered, changed, stale, is_configured)

    def are_there(self, memory: Memory) -> bool:
        """Whether the bucket is what it has to be, and remembers this."""
        return self.is_configured and not self.changed and not self.stale and self.remembered == memory

    def cached(self, patterns: Patterns) -> Iterator[str]:
        """The keys of which a cache may have something else.

        What a browser may keep for good never becomes another file: it comes new and goes stale.
        """
        if not self.is_configured:
            yield CONFIG
        for key in [*self.changed, *self.stale]:
            is_replaced = key in self.etags and key not in self.stale
            if is_replaced or not headers.of(key, None, patterns).is_kept:
                yield key


def changed_files(files: Mapping[str, Path], etags: Mapping[str, str], memory: Memory, remembered: Memory) -> list[str]:
    """The keys whose content is not in the bucket, or was brought there with other headers."""

    def is_there(key: str, path: Path) -> bool:
        if remembered.rules != memory.rules or etags.get(key) != _md5(path):
            return False
        return headers.of(key, path, remembered.patterns) == headers.of(key, path, memory.patterns)

    return [key for key, path in files.items() if not is_there(key, path)]


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
