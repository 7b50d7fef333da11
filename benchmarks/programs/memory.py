"""A function that fetches an artifact, unpacks it, packs it again and delivers it; answers its peak of memory in MB."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdas.artifacts import archive, transfer
from lambdas.job import clients
from lambdas.job.job import Artifact, Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], _context: object) -> int:
    store = clients.artifact_store(Credentials(*event["keys"]))
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        tree = transfer.checkout(store, Artifact("Input", event["bucket"], event["input"]), work)
        archive.pack(tree, work / "packed.zip")
        transfer.deliver(store, Artifact("Output", event["bucket"], event["output"]), work / "packed.zip", None)
    return peak()


def peak() -> int:
    """The most memory that this process had at once (VmHWM), in MB."""
    status = Path("/proc/self/status").read_text()
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    if match is None:
        raise LookupError("Linux does not say what memory this process had")
    return int(match[1]) // 1024
