"""A project's template made ready for CloudFormation, as `aws cloudformation package` makes it, but nothing is sent.

What lies at its local paths becomes assets, which their content names, so the same project gives the same bytes; the
templates that it nests become assets as well. A resource with `Metadata: Delivery` is packaged like any other, and
CloudFormation does not see that it has any.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from serverless_pipeline.environment import document as documents
from serverless_pipeline.environment import notation, paths, places, text
from serverless_pipeline.environment.artifacts import Artifacts
from serverless_pipeline.environment.paths import Unfit
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.environment.document import Document
    from serverless_pipeline.environment.local_paths import Rule
    from serverless_pipeline.environment.places import Place

TEMPLATE = "template.json"

_ELSEWHERE = ("s3://", "http://", "https://")
_DYNAMIC = "{{resolve:"


@dataclass(frozen=True)
class Package:
    """The file of the packaged template, and those that have to lie in the bucket before it is used, by key."""

    template: Path
    assets: Mapping[str, Path]


def package(document: Document, root: Path, bucket: str, url: str, folder: Path) -> Package:
    """Package a template of the project at `root` into `folder`; `url` is the address of the bucket.

    Raises:
        Misconfigured: tells of all local paths, in this template and those it nests, at which there is nothing, or
            something that cannot be packaged; or a packaged template is larger than CloudFormation takes.
    """
    root = root.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    work = _Packaging(root, bucket, url.rstrip("/"), Artifacts(root, folder.resolve()))
    try:
        packaged = work.packaged(document, ((root / document.path).resolve(),))
    except RecursionError:
        notation.refuse(str(document.path), "it is nested too deeply")
    if work.mistakes:
        raise Misconfigured(_told(document, work.mistakes), hint="mend the template, or bring what it names")
    template = folder / TEMPLATE
    template.write_bytes(packaged)
    return Package(template, work.artifacts.assets)


def is_elsewhere(value: str) -> bool:
    """Whether a text is an address, or CloudFormation alone will know it."""
    return value.startswith(_ELSEWHERE) or _DYNAMIC in value


def _told(document: Document, mistakes: Mapping[str, None]) -> str:
    listed = "\n".join(f"  {mistake}" for mistake in mistakes)
    return f"{document.path} cannot be packaged:\n{listed}"


@dataclass
class _Packaging:
    """`mistakes` are all that were found, in their order, each once; `nested` the keys of nested templates by path."""

    root: Path
    bucket: str
    url: str
    artifacts: Artifacts
    mistakes: dict[str, None] = field(default_factory=dict)
    nested: dict[Path, str] = field(default_factory=dict)

    def packaged(self, document: Document, within: tuple[Path, ...]) -> bytes:
        """The packaged template; `within` are the real places of those that nest it, itself the last."""
        body: dict[str, Any] = json.loads(json.dumps(document.body))
        for place in places.find(body):
            try:
                self._fill(place, document, within)
            except Unfit as error:
                self.mistakes[f"{document.path}: {place.where}: {error}"] = None
        packaged = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
        text.check_size(len(packaged), f"{document.path}, packaged")
        return packaged

    def _fill(self, place: Place, document: Document, within: tuple[Path, ...]) -> None:
        """Put the object in the place of the path."""
        rule, value = place.rule, str(place.value or ".")
        if is_elsewhere(value):
            if rule.form and value.startswith("s3://"):
                place.holder[place.key] = _as_mapping(value, rule)
            return
        real = paths.find(value, self.root / document.path.parent, self.root)
        if rule.content == "template":
            place.holder[place.key] = f"{self.url}/{self._nested(real, value, document, within)}"
            return
        key = self.artifacts.key(real, PurePosixPath(value).name, rule.content)
        named = dict(zip(rule.form, (self.bucket, key), strict=False))
        place.holder[place.key] = named or f"s3://{self.bucket}/{key}"

    def _nested(self, real: Path, value: str, document: Document, within: tuple[Path, ...]) -> str:
        """The key of a nested template, packaged itself."""
        if real in within:
            circle = " → ".join(paths.named(path, self.root) for path in (*within[within.index(real) :], real))
            raise Unfit(f"templates nest each other without end: {circle}")
        if real.is_dir():
            raise Unfit(f"{value} is a folder where a template is needed")
        path = Path(
            os.path.normpath(self.root / document.path.parent / value)
        )  # as written: links have their own folder
        if path not in self.nested:
            try:
                inner = documents.read(path, self.root, bounded=document.bounded)
                self.nested[path] = self.artifacts.text(self.packaged(inner, (*within, real)), ".json")
            except Misconfigured as error:
                raise Unfit(str(error).removesuffix(f"\n  Next: {error.hint}")) from error
        return self.nested[path]


def _as_mapping(address: str, rule: Rule) -> dict[str, str]:
    """An object's address as the mapping that CloudFormation asks for there: `s3://bucket/key?versionId=one`."""
    parts = urlsplit(address)
    versions = parse_qs(parts.query).get("versionId", [])
    if not parts.netloc or not parts.path.strip("/"):
        raise Unfit(f"{address} names no object; it is s3://bucket/key")
    return dict(zip(rule.form, (parts.netloc, parts.path.lstrip("/"), *versions[:1]), strict=False))
