"""checkov, which knows what templates should have, over templates as text.

It wants other versions of what this project has, so uv installs it once, apart, in the versions of `checkov.txt`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSIONS = Path(__file__).with_suffix(".txt")
QUIET = {"LOG_LEVEL": "ERROR"}
EXCUSE = "checkov:skip="
"""How a comment in a resource begins that says why a check does not hold there: then the check, a colon, the reason."""


@dataclass(frozen=True, order=True)
class Finding:
    """A check that does not hold for a resource of a template; `reason` is what stands beside it."""

    template: str
    resource: str
    check: str
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """What failed, what was excused, and the templates that could be read."""

    failed: tuple[Finding, ...]
    excused: tuple[Finding, ...]
    read: frozenset[str]


def look(texts: Mapping[str, str], folder: Path) -> Report:
    """Look at templates by name, which are written below a folder."""
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(text)
    command = [find_uv_bin(), "tool", "run", "--quiet", "--python", sys.executable]
    command += ["--constraints", str(VERSIONS), "--from", "checkov", "checkov"]
    command += ["--directory", str(folder), "--framework", "cloudformation", "--skip-download", "--output", "json"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE, env=os.environ | QUIET
    )
    assert done.returncode in {0, 1}, done.stderr
    results = json.loads(done.stdout)["results"]
    assert not results["parsing_errors"], results["parsing_errors"]
    every = [*results["failed_checks"], *results["skipped_checks"], *results["passed_checks"]]
    return Report(
        tuple(_findings(results["failed_checks"])),
        tuple(_findings(results["skipped_checks"])),
        frozenset(Path(one["file_path"]).stem for one in every),
    )


def bare(text: str) -> str:
    """A template in which nothing is excused."""
    return text.replace(EXCUSE, "")


def _findings(results: Iterable[Mapping[str, object]]) -> list[Finding]:
    return sorted(
        Finding(
            Path(str(one["file_path"])).stem,
            str(one["resource"]).rpartition(".")[2],
            str(one["check_id"]),
            str(_reason(one)),
        )
        for one in results
    )


def _reason(result: Mapping[str, object]) -> object:
    outcome = result["check_result"]
    return outcome.get("suppress_comment", "") if isinstance(outcome, dict) else ""
