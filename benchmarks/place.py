"""Where a benchmark happens: a scratch copy of this checkout, an embedded AWS, a relay before it, peers from PyPI."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "benchmarks" / "programs"
INVOKE = [sys.executable, "-m", "invoke"]
AWSCLI = "awscli==1.46.3"


@dataclass(frozen=True)
class Bench:
    """An AWS to deliver to, by the variables that lead there; `requests` tells those since it was last called."""

    name: str
    environment: dict[str, str]
    requests: Callable[[], str]


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], ends: Sequence[int] = (0,)) -> str:
    """What a command prints; the benchmark ends if it ends otherwise than it should."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in ends:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def invoke(folder: Path, environment: Mapping[str, str], *words: str) -> str:
    """What `invoke …` prints."""
    return run([*INVOKE, *words], folder, environment)


def program(name: str, *arguments: str) -> list[str]:
    """The command that runs a program of `benchmarks/programs`; it needs `environment_of_programs`."""
    return [sys.executable, "-m", f"benchmarks.programs.{name}", *arguments]


def clean_environment() -> dict[str, str]:
    """As on a laptop: bytecode is kept, the interpreter of this run comes first, any free port will do."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "INVOKE_"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return environment | {"PATH": path, "INVOKE_PIPELINE_PORT": "0"}


def same_python() -> dict[str, str]:
    """The setting by which functions run on this run's own Python, as what stands beside them does."""
    return {"INVOKE_PIPELINE_RUNTIME": f"python{sys.version_info.major}.{sys.version_info.minor}"}


def environment_of_programs() -> dict[str, str]:
    """A clean environment in which this checkout's modules are found from anywhere."""
    return clean_environment() | {"PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the time of a benchmark."""
    memory = Path("/dev/shm")  # noqa: S108 - a disk that deletes slowly distorts every figure
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def checkout(folder: Path) -> Path:
    """A copy of this checkout's last commit."""
    copy = folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    return copy


def exports(folder: Path, environment: Mapping[str, str], *words: str) -> dict[str, str]:
    """The variables that lead to the embedded AWS of a folder; `words` come before the task."""
    printed = invoke(folder, environment, *words, "local.env")
    return {name: value.strip("'") for name, value in re.findall(r"^export (\w+)=(.*)$", printed, re.MULTILINE)}


def client(service: str, variables: Mapping[str, str]) -> Any:  # noqa: ANN401 - whose client it is says its caller
    """boto3's client of a service where `exports` lead."""
    import boto3

    create: Any = boto3.client
    return create(
        service,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[Bench]:
    """The embedded AWS of a copy of this checkout."""
    copy, environment = checkout(folder), clean_environment()
    invoke(copy, environment, "local.up")
    try:
        yield Bench("embedded AWS", exports(copy, environment), lambda: "")
    finally:
        invoke(copy, environment, "local.down")


@contextlib.contextmanager
def relayed(near: Bench, latency: float = 0) -> Iterator[Bench]:
    """The same AWS behind a relay, which runs in a process of its own and holds each request back."""
    port = near.environment["AWS_ENDPOINT_URL"].rpartition(":")[2]
    command = program("relay", port, str(latency))
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment_of_programs(), stdin=pipe, stdout=pipe, text=True
    ) as relay:
        questions, answers = relay.stdin, relay.stdout
        assert questions  # noqa: S101 - it is a pipe
        assert answers  # noqa: S101 - it is a pipe
        url = f"http://127.0.0.1:{answers.readline().strip()}"

        def requests() -> str:
            questions.write("\n")
            questions.flush()
            counts = json.loads(answers.readline())
            return ", ".join(f"{count} {method}" for method, count in sorted(counts.items()))

        yield Bench(f"{latency * 1000:.0f} ms away", near.environment | {"AWS_ENDPOINT_URL": url}, requests)
        questions.close()


def install(folder: Path, package: str = AWSCLI, name: str = "aws") -> str:
    """Install a package from PyPI into an environment of its own; answers the path of its program `name`."""
    python = folder / "bin" / "python"
    run(["uv", "venv", "--quiet", "--python", sys.executable, str(folder)], ROOT, clean_environment())
    # As Python's own installer does: a program without bytecode is not what a user runs.
    words = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), package]
    run(words, ROOT, clean_environment())
    return str(folder / "bin" / name)
