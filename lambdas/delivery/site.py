"""The files of a site go to its bucket in an order that keeps the site whole, whenever a delivery breaks off.

First comes what no page names yet, then what replaces other files, then pages, then `config.json`; what is stale is
taken away at the end. What breaks off is delivered again and goes on where it ended.

What changed is told by the content: S3's ETag is the MD5 of an object, and dates say nothing about files that come out
of a zip. Where a bucket encrypts with a KMS key, ETags are no MD5: there all files are uploaded each time, none missed.
Headers do not show in a listing: `config.json` remembers by which rules they were set, under others all is uploaded.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
"""

from __future__ import annotations

import hashlib
import json
from itertools import groupby
from typing import TYPE_CHECKING

from lambdas.artifacts import transfer
from lambdas.delivery import headers, site_bucket
from lambdas.delivery.order import Kind, Order
from lambdas.delivery.upload import Upload
from lambdas.job.ending import Succeeded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from lambdas.delivery.site_bucket import SiteBucket

CONFIG = "config.json"

_RULES = "header-rules"


def deploy(order: Order, zip_file: Path) -> Succeeded:
    """Make `bucket` hold the files of the zip and a `config.json` of `apiBaseurl` and `version`.

    The variable FilesChanged counts what was uploaded or deleted, `config.json` aside; Version is the one it names.
    """
    folder = zip_file.with_suffix("")
    transfer.unpack(order.artifact, zip_file, folder)
    files = site_files(folder)
    bucket = site_bucket.connect(order.parameters["bucket"], order.deadline, order.retry)
    etags = bucket.etags()
    same_rules = CONFIG in etags and bucket.metadata(CONFIG).get(_RULES) == headers.rules()
    changed = changed_files(files, etags if same_rules else {})
    stale = etags.keys() - files.keys() - {CONFIG}
    for wave in waves({key: files[key] for key in changed}, etags):
        bucket.put([Upload(key, files[key], headers.of(key, files[key]).as_http()) for key in wave])
    config = configuration(order.parameters)
    if not same_rules or etags[CONFIG] != hashlib.md5(config, usedforsecurity=False).hexdigest():
        bucket.put([Upload(CONFIG, config, {**headers.of(CONFIG).as_http(), f"x-amz-meta-{_RULES}": headers.rules()})])
    remove(bucket, stale)
    summary = f"{len(changed)} uploaded, {len(stale)} deleted, {len(files) - len(changed)} unchanged"
    variables = {"FilesChanged": str(len(changed) + len(stale)), "Version": order.parameters["version"]}
    return Succeeded(summary, variables)


def site_files(folder: Path) -> dict[str, Path]:
    """The files of a site by key, those behind links to folders included, as `aws s3 sync` has them.

    A `config.json` at the top is left out, since delivering writes it. A link to a folder that it lies in is not
    followed: it would never end.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(_walk(folder, frozenset()))}
    paths.pop(CONFIG, None)
    return paths


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    for path in folder.iterdir():
        if path.is_dir():
            yield from _walk(path, above | {real})
        elif path.is_file():
            yield path


def changed_files(files: Mapping[str, Path], etags: Mapping[str, str]) -> list[str]:
    """The keys whose content is not in the bucket."""
    return [key for key, path in files.items() if etags.get(key) != _md5(path)]


def waves(files: Mapping[str, Path], present: Collection[str]) -> list[list[str]]:
    """The keys of files in the order of their upload: each wave begins when the one before it is there.

    Pages name other files, so they come after these; what is new comes before what replaces a file that is in use.
    """

    def place(key: str) -> tuple[bool, bool]:
        return headers.of(key, files[key]).is_page, key in present

    return [list(wave) for _, wave in groupby(sorted(files, key=place), key=place)]


def configuration(parameters: Mapping[str, str]) -> bytes:
    """The site's `config.json`; a browser that sees it finds the rest delivered."""
    return json.dumps({name: parameters[name] for name in ("apiBaseurl", "version")}).encode()


def remove(bucket: SiteBucket, stale: Collection[str]) -> None:
    """Delete what the site no longer holds: pages first, since they name the others."""
    for pages in (True, False):
        bucket.delete(sorted(key for key in stale if headers.of(key).is_page is pages))


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


KIND = Kind(keys=("bucket", "apiBaseurl", "version"), begin=deploy)
