"""The templates that a template nests, as they lie in the project; what they make counts as its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.environment import document as documents
from serverless_pipeline.environment import paths, places
from serverless_pipeline.environment.packaging import is_elsewhere
from serverless_pipeline.environment.paths import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.environment.document import Document


def nested(document: Document, root: Path, seen: frozenset[Path] = frozenset()) -> Iterator[Document]:
    """The templates that it nests, and those that these nest; what packaging refuses is left out.

    Raises:
        Misconfigured: one of them is no template.
    """
    for place in places.find(document.body):
        value = str(place.value or "")
        if place.rule.content != "template" or not value or is_elsewhere(value):
            continue
        try:
            real = paths.find(value, root / document.path.parent, root)
        except Unfit:
            continue
        if real not in seen and real.is_file():
            inner = documents.read(Path(os.path.normpath(document.path.parent / value)), root, bounded=document.bounded)
            yield inner
            yield from nested(inner, root, seen | {real})
