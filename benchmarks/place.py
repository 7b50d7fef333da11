"""Where a benchmark happens: an embedded AWS of its own, a relay before it, and the peers' programs from PyPI."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from run import INVOKE, ROOT, checkout, clean_environment, invoke, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AWSCLI = "awscli==1.46.3"


@dataclass(frozen=True)
class Bench:
    """An AWS to deliver to, by the variables that lead there; `counted` tells the requests since it was last asked."""

    name: str
    environment: dict[str, str]
    counted: Callable[[], str]


def installed(folder: Path, package: str = AWSCLI, program: str = "aws") -> str:
    """The path of a program from PyPI, the AWS CLI unless another is named, in an environment of its own."""
    python = folder / "bin" / "python"
    run(["uv", "venv", "--quiet", "--python", sys.executable, str(folder)], ROOT, clean_environment())
    # As Python's own installer does: a program without bytecode is not what a user runs.
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), package]
    run(install, ROOT, clean_environment())
    return str(folder / "bin" / program)


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[Bench]:
    """The embedded AWS of a copy of this checkout."""
    copy, environment = checkout(folder), clean_environment()
    invoke(copy, environment, "local.up")
    try:
        exports = run([*INVOKE, "local.env"], copy, environment)
        variables = dict(re.findall(r"^export (\w+)=(.*)$", exports, re.MULTILINE))
        yield Bench("embedded AWS", {name: value.strip("'") for name, value in variables.items()}, lambda: "")
    finally:
        invoke(copy, environment, "local.down")


@contextlib.contextmanager
def relayed(near: Bench, latency: float = 0) -> Iterator[Bench]:
    """The same AWS behind a relay, which runs in a process of its own and holds each request back."""
    port = near.environment["AWS_ENDPOINT_URL"].rpartition(":")[2]
    command = [sys.executable, str(ROOT / "benchmarks" / "relay.py"), port, str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as relay:
        asked, told = relay.stdin, relay.stdout
        assert asked and told  # noqa: PT018, S101 - both are pipes
        url = f"http://127.0.0.1:{told.readline().strip()}"

        def counted() -> str:
            asked.write("\n")
            asked.flush()
            counts = json.loads(told.readline())
            return ", ".join(f"{count} {method}" for method, count in sorted(counts.items()))

        yield Bench(f"{latency * 1000:.0f} ms away", near.environment | {"AWS_ENDPOINT_URL": url}, counted)
        asked.close()
