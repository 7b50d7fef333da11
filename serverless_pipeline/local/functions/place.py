"""Where functions run on this laptop."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """The interpreter, the folder for their files, and the endpoint they call."""

    python: Path
    scratch: Path
    url: str
