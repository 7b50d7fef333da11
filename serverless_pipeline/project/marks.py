"""What was well is not looked at again: an empty file in `.local`, named by the digest of all that decides."""

from pathlib import Path

LINTED = "linted"
SPOTLESS = "spotless"
CHECKED = "checked"

_HOME = Path(".local")


def is_set(kind: str, key: str) -> bool:
    """Whether what has this key was well."""
    return (_HOME / kind / key).is_file()


def set_(kind: str, key: str) -> None:
    """Remember that it was well."""
    mark = _HOME / kind / key
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
