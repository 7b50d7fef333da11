"""What the deliveries of an environment need of its stack, and how they are called: as the package says it.

`deliveries=<file>` names a file in the artifact, `{"ids": [logical ID, …], "parts": [name, …]}`. It is read while the
artifact is at hand, and travels in the token to the job that ends the delivery: an action's parameters have no room for
many names. An action of one's own may name few of them itself, `ids=Queue,Table` and `parts=Site`.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lambdas.delivery import template
from lambdas.delivery.order import RELEASE_AGAIN
from lambdas.job.ending import JobError, Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

    from lambdas.delivery.order import Order

FILE, IDS, PARTS = "deliveries", "ids", "parts"
KEYS = (FILE, IDS, PARTS)
ROOM = 1550
"""The most characters for this in a token: a stack with the longest name leaves as many of the 2048."""

VARIABLE = "Release_Parts"
"""The output variable that names the parts; the name of an output has no such sign."""


@dataclass(frozen=True)
class Contents:
    """The logical IDs whose physical ones later actions need, and the parts of the release besides the stack."""

    ids: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @classmethod
    def of(cls, order: Order, zip_file: Path) -> Contents:
        """What the parameters of the action say, and the file that they name.

        Raises:
            JobError: the artifact does not hold such a file, or a token has no room for all the names.
        """
        packed = _packed(order, zip_file) if FILE in order.parameters else cls()
        ids, parts = (_names(order.parameters.get(key, "")) for key in (IDS, PARTS))
        contents = cls(packed.ids + ids, packed.parts + parts)
        if (size := len(contents.to_text())) > ROOM:
            raise JobError(
                f"{len(contents.ids)} logical IDs and {len(contents.parts)} parts have {size} characters when "
                f"compressed, and a continuation token has room for {ROOM}; give resources and deliveries shorter names"
            )
        return contents

    @classmethod
    def from_text(cls, text: str) -> Contents:
        """Read what `to_text` wrote.

        Raises:
            Misconfigured: it is none of that.
        """
        try:
            document = json.loads(zlib.decompress(base64.b85decode(text)))
        except (ValueError, TypeError, zlib.error):
            document = None
        if not _is_contents(document):
            raise Misconfigured([f"the continuation token is none of a stack's; {RELEASE_AGAIN}"])
        return cls(tuple(document[IDS]), tuple(document[PARTS]))

    def to_text(self) -> str:
        """In few characters, compressed: repetitions cost little, and none is one that JSON escapes."""
        return base64.b85encode(zlib.compress(json.dumps(asdict(self)).encode(), 9)).decode()

    @property
    def variables(self) -> dict[str, str]:
        """The output variable that goes on record."""
        return {VARIABLE: ",".join(self.parts)} if self.parts else {}


def _packed(order: Order, zip_file: Path) -> Contents:
    """What the file in the artifact says."""
    path = order.parameters[FILE]
    document = template.document(zip_file, order.artifact, path)
    if not _is_contents(document):
        raise JobError(f'{path} in the artifact {order.artifact.name} must be {{"ids": […], "parts": […]}}, of texts')
    return Contents(tuple(document[IDS]), tuple(document[PARTS]))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _is_contents(document: Any) -> bool:  # noqa: ANN401 - whatever a file holds
    return (
        isinstance(document, dict)
        and document.keys() == {IDS, PARTS}
        and all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in document.values())
    )
