from __future__ import annotations

import errno

import pytest

from lambdas.job import shortage
from lambdas.job.ending import Failed

DISK = "The disk of the function is full; let the task or the artifact be smaller, or give the function more of it"
MEMORY = "The function ran out of memory; raise the setting memory"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, DISK),
        (errno.EDQUOT, DISK),
        (errno.EFBIG, "A file is larger than the function may write; let the task or the artifact be smaller"),
        (errno.EMFILE, "The function has too many files open; retry the stage"),
        (errno.ENFILE, "The function has too many files open; retry the stage"),
        (errno.ENOMEM, MEMORY),
        (errno.EAGAIN, "The function cannot start more processes or threads; retry the stage"),
    ],
)
def test_what_there_is_not_enough_of_is_named_with_what_to_do(number: int, words: str) -> None:
    error = OSError(number, "no", "a-file")

    assert shortage.explain(error) == Failed(f"{words}: [Errno {number}] no: 'a-file'")


def test_memory_that_python_itself_misses_is_the_same() -> None:
    assert shortage.explain(MemoryError()) == Failed(MEMORY)


def test_another_error_is_told_as_it_is() -> None:
    assert shortage.explain(PermissionError(13, "no")) == Failed("PermissionError: [Errno 13] no")
    assert shortage.explain(OSError("odd")) == Failed("OSError: odd")
