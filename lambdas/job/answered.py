"""The jobs that this environment has answered: Lambda delivers an event at least once, so it may come again.

In another environment nobody knows; there CodePipeline refuses an answer that differs from the first.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

from collections import deque
from functools import cache

_REMEMBERED = 1000


@cache
def answered() -> deque[str]:
    """The IDs of the last jobs that were answered here."""
    return deque(maxlen=_REMEMBERED)
