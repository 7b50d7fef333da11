"""What of Lambda holds on this laptop and what does not, for `local.status` and for the events of stacks."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import programs
from serverless_pipeline.local.sandbox.kind import Unavailable

if TYPE_CHECKING:
    from serverless_pipeline.local.functions.place import Place

_places: list[Place] = []


def install(place: Place) -> None:
    """Remember the place, and find out which sandbox works while nobody waits for it."""
    _places[:] = [place]
    threading.Thread(target=lambda: place.sandbox, name="sandbox", daemon=True).start()


def difference_of_function(name: str) -> str:
    """How a function runs otherwise than on Lambda; empty if it does not, or there is none of the name."""
    function = seams.LAMBDA_FUNCTIONS.value.get(name)
    return programs.difference(str(function["config"].get("Runtime") or "")) if function else ""


def document() -> str:
    """`{"sandbox": its kind, "reason": why there is none, "differences": [a sentence for each runtime in use]}`."""
    sandbox = _places[0].sandbox
    functions = list(seams.LAMBDA_FUNCTIONS.value.values())
    runtimes = sorted({str(function["config"].get("Runtime") or "") for function in functions})
    return json.dumps(
        {
            "sandbox": sandbox.name,
            "reason": sandbox.reason if isinstance(sandbox, Unavailable) else "",
            "differences": [sentence for sentence in map(programs.difference, runtimes) if sentence],
        }
    )
