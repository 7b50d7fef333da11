"""Which runtimes Lambda offers today, which it no longer creates, and which are not run here.

The dates are those of https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html as cfn-lint keeps them; names
that are not in its list are taken from botocore's model.
"""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from serverless_pipeline.local.functions.programs import NODE, PROVIDED, PYTHON

if TYPE_CHECKING:
    from collections.abc import Mapping

Block = Literal["create-block", "update-block"]
CREATE: Block = "create-block"
UPDATE: Block = "update-block"

FILE = ("data", "AdditionalSpecs", "LmbdRuntimeLifecycle.json")
LANGUAGES = {"java": "Java", "dotnet": ".NET", "go": "Go", "ruby": "Ruby"}


def refusal(runtime: str, block: Block, today: date | None = None) -> str:
    """Why a function of a runtime is not made, or not changed, in Lambda's words or ours; empty if it is."""
    lifecycle = _lifecycles().get(runtime)
    if lifecycle is None and runtime not in _names():
        known = ", ".join(name for name in _lifecycles() if not _is_blocked(name, CREATE, today))
        return (
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{known}] or be a valid ARN"
        )
    if lifecycle and _is_blocked(runtime, block, today):
        return (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            f"We recommend you use a supported runtime ({lifecycle['successor']}) while creating or updating functions."
        )
    if not runtime.startswith((PYTHON, NODE, PROVIDED)):
        language = next((name for prefix, name in LANGUAGES.items() if runtime.startswith(prefix)), runtime)
        return (
            f"The embedded AWS runs Python, Node.js and `provided` functions, and no {language}; the runtime is "
            f"{runtime}. Deliver this function to an account, or leave it out here by a condition"
        )
    return ""


def _is_blocked(runtime: str, block: Block, today: date | None) -> bool:
    day = _lifecycles()[runtime][block]
    return bool(day) and date.fromisoformat(str(day)) <= (today or datetime.now(UTC).date())


@cache
def _lifecycles() -> Mapping[str, Mapping[str, str | None]]:
    """cfn-lint's table; the library itself takes half a second to load."""
    found = importlib.util.find_spec("cfnlint")
    places = found.submodule_search_locations if found else None
    return json.loads(Path(next(iter(places or [])), *FILE).read_text())  # type: ignore[no-any-return]


@cache
def _names() -> frozenset[str]:
    import botocore.session

    model = botocore.session.get_session().get_service_model("lambda")
    return frozenset(model.shape_for("Runtime").metadata["enum"])
