"""Lambda's quotas of open files, and of processes and threads: 1,024 each, and no core dumps.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. The shell in the sandbox sets them, where they
count for this sandbox alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES = 1024
PROCESSES = 1024

_SET = f'ulimit -c 0; ulimit -n {FILES}; ulimit -u {PROCESSES} 2>/dev/null || ulimit -p {PROCESSES}; exec "$@"'


def limited(words: Sequence[str]) -> list[str]:
    """A command that runs `words` with these quotas; some shells call that of processes `-u`, others `-p`."""
    return ["/bin/sh", "-c", _SET, "sh", *words]
