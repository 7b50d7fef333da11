"""What the embedded AWS says of its pipelines: what of their declarations has no effect there."""

from __future__ import annotations

import json

from serverless_pipeline.local.client import health

PATH = "/_local/pipelines"
SECONDS = 10


def describe(url: str) -> list[tuple[str, str]]:
    """What to show of the embedded AWS at this address, by name, also where it does not say it."""
    try:
        sentences = json.loads(health.ask(f"{url}{PATH}", SECONDS))
    except health.Unwell as error:
        return [("pipelines", f"not told: {error}")]
    return [("pipeline", sentence) for sentence in sentences]
