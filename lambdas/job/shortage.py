"""What the operating system has not enough of, in words, and what to do about it."""

from __future__ import annotations

import errno

from lambdas.job.ending import Failed

_DISK = "The disk of the function is full; let the task or the artifact be smaller, or give the function more of it"
_MEMORY = "The function ran out of memory; raise the setting memory"
_WORDS = {
    errno.ENOSPC: _DISK,
    errno.EDQUOT: _DISK,
    errno.EFBIG: "A file is larger than the function may write; let the task or the artifact be smaller",
    errno.EMFILE: "The function has too many files open; retry the stage",
    errno.ENFILE: "The function has too many files open; retry the stage",
    errno.ENOMEM: _MEMORY,
    errno.EAGAIN: "The function cannot start more processes or threads; retry the stage",
}


def explain(error: OSError | MemoryError) -> Failed:
    """The failure that an error of the operating system becomes."""
    if isinstance(error, MemoryError):
        return Failed(_MEMORY)
    words = _WORDS.get(error.errno or 0)
    return Failed(f"{words}: {error}" if words else f"{type(error).__name__}: {error}")
