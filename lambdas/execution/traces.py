"""What the jobs of this execution environment left: it is proved clean after each, or it ends after it answered.

Clean means that no process lives that a job started, and that /tmp is empty: after code of a source has run nothing in
it can be trusted, also what only later installations would read. Where no code of a source ran, uv's cache stays.
A process that ends without an end of the invocation is an error to Lambda, which tells it to the function that answers
lost jobs. The answer was given before, and CodePipeline takes no other: that function lets it go. The next job starts
a process anew, which sweeps what is left in /tmp, since Lambda may keep that.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.execution import storage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KEPT = ("uv", "uv-cache")
"""What stays in /tmp as long as no code of a source has run: uv, and the wheels that it fetched."""

EXIT_CODE = 70
_SHOWN = 5


@dataclass
class Traces:
    """Whether code of a source ran since the environment was clean, and why it cannot be clean any more."""

    code_ran: bool = False
    faults: list[str] = field(default_factory=list)
    has_begun: bool = False

    def begin(self, own: Mapping[str, str]) -> None:
        """Before the first job: whoever used this /tmp before, perhaps a process that was killed, nothing of it counts.

        `own` is the function's environment. What is no function of Lambda's, as a test, has nothing to hand on.
        """
        if storage.TASK_ROOT not in own:
            self.faults.clear()
        elif not self.has_begun and storage.is_private(own):
            self._sweep(())
        self.has_begun = True

    def tidy(self, own: Mapping[str, str]) -> None:
        """After a job: remove what it left in /tmp, and find out whether all is gone."""
        if storage.TASK_ROOT not in own:
            return
        if storage.is_private(own):
            self._sweep(() if self.code_ran else KEPT)
        elif self.code_ran:
            self.faults.append("others use its temporary folder, so that it cannot be emptied")
        self.code_ran &= bool(self.faults)

    def _sweep(self, keep: Collection[str]) -> None:
        try:
            left = storage.sweep(keep)
        except OSError as error:
            self.faults.append(f"its temporary folder cannot be emptied: {error}")
            return
        if left:
            self.faults.append(f"{', '.join(map(repr, left[:_SHOWN]))} cannot be removed from its temporary folder")


HERE = Traces()
"""Those of this process."""


def end(own: Mapping[str, str]) -> None:
    """End the process, so that Lambda starts another one; what is not Lambda's, as a test, goes on."""
    if storage.TASK_ROOT in own:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_CODE)
