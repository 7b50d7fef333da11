"""What the action `Dependencies` costs: cold, warm and unchanged, beside `pip install --target` and `sam build`.

    python -m benchmarks.dependencies [--rounds N] [--json]

The action runs as a function does: a new process fetches the source from the embedded AWS, resolves, installs,
compiles, packs and delivers. The peers only install. Everything lies on tmpfs; the peers get an environment of their
own there, made with uv from PyPI, and the same requirements: app/requirements.txt of this checkout.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uv import find_uv_bin

from benchmarks.figures import Figure, compare, parser, seconds, show
from benchmarks.place import ROOT, clean_environment, environment_of_programs, program, run, scratch
from serverless_pipeline import archive, aws
from serverless_pipeline.local.client import server
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients, Endpoint

BUCKET, SOURCE, OUTPUT = "benchmark-artifacts", "source.zip", "dependencies.zip"
REQUIREMENTS = ROOT / "app" / "requirements.txt"
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: code, Handler: index.handler, Runtime: {runtime}}}
"""


@dataclass(frozen=True)
class Bench:
    """The places and ways of one run."""

    folder: Path
    clients: Clients
    endpoint: Endpoint

    @property
    def python(self) -> Path:
        """The peers' interpreter."""
        return self.folder / "peers" / "bin" / "python"

    @property
    def environment(self) -> dict[str, str]:
        return clean_environment()

    def action(self, temporary: Path, summary: str) -> None:
        """Run the action once; its summary must hold these words."""
        keys = (self.endpoint.access_key_id, self.endpoint.secret_access_key)
        words = program("dependencies", "action", BUCKET, SOURCE, OUTPUT, *keys)
        printed = run(words, self.folder, self.function_environment(temporary))
        if summary not in printed:
            sys.exit(f"The action was to say {summary!r}, and said {printed}")

    def function_environment(self, temporary: Path) -> dict[str, str]:
        return environment_of_programs() | self.endpoint.environment() | {"TMPDIR": str(temporary)}


def main() -> None:
    options = parser(__doc__, rounds=3).parse_args()
    with scratch() as folder:
        settings = Settings(port=0)
        endpoint = server.ensure(settings, folder)
        try:
            bench = prepare(Bench(folder, aws.connect(settings, endpoint), endpoint))
            rounds = [one_round(bench, number) for number in range(options.rounds)]
        finally:
            server.stop(folder)
    show(figures(rounds), options)


def prepare(bench: Bench) -> Bench:
    """Lay the source down, make the peers' environment, fill the peers' caches and ours."""
    (bench.folder / "source" / "app").mkdir(parents=True)
    shutil.copy(REQUIREMENTS, bench.folder / "source" / "app")
    archive.pack(bench.folder / "source", bench.folder / SOURCE)
    bench.clients.s3.create_bucket(Bucket=BUCKET)
    aws.upload(bench.clients.s3, bench.folder / SOURCE, BUCKET, SOURCE)
    uv, peers = find_uv_bin(), bench.folder / "peers"
    run([uv, "venv", "--python", sys.executable, str(peers)], bench.folder, bench.environment)
    tools = ["pip", "setuptools", "wheel", "aws-sam-cli"]
    run([uv, "pip", "install", "--python", str(bench.python), *tools], bench.folder, bench.environment)
    pip(bench, bench.folder / "pip-first")
    sam(bench, bench.folder / "sam-first")
    return bench


def one_round(bench: Bench, number: int) -> dict[str, float]:
    """Seconds of each thing, one after another."""
    work = bench.folder / f"round-{number}"
    temporary = work / "function"
    temporary.mkdir(parents=True)
    times = {}
    forget(bench)
    times["action cold"] = seconds(lambda: bench.action(temporary, "installed in"))
    times["pip cold"] = seconds(lambda: pip(bench, work / "pip-cold", "--no-cache-dir"))
    forget(bench)
    times["action warm"] = seconds(lambda: bench.action(temporary, "installed in"))
    times["pip warm"] = seconds(lambda: pip(bench, work / "pip-warm"))
    times["action unchanged"] = seconds(lambda: bench.action(temporary, "from the cache"))
    times["sam build"] = seconds(lambda: sam(bench, work / "sam"))
    times["install warm"] = install(bench, temporary, work / "installed")
    times["cp -r"] = seconds(lambda: run(["cp", "-r", "installed", "copied"], work, bench.environment))
    shutil.rmtree(work)
    return times


def forget(bench: Bench) -> None:
    """Empty the cache of dependencies."""
    for entry in bench.clients.s3.list_objects_v2(Bucket=BUCKET, Prefix="cache/").get("Contents", []):
        bench.clients.s3.delete_object(Bucket=BUCKET, Key=entry["Key"])


def install(bench: Bench, temporary: Path, target: Path) -> float:
    words = program("dependencies", "install", str(bench.folder / "source"), str(target))
    return float(run(words, bench.folder, bench.function_environment(temporary)).splitlines()[-1])


def pip(bench: Bench, target: Path, *words: str) -> None:
    environment = bench.environment | {"PIP_CACHE_DIR": str(bench.folder / "pip-cache")}
    command = [str(bench.python), "-m", "pip", "install", "--quiet", *words]
    run([*command, "--target", str(target), "--requirement", str(REQUIREMENTS)], bench.folder, environment)


def sam(bench: Bench, project: Path) -> None:
    """Build a function that needs the same; sam runs the pip of the Python that it finds first."""
    (project / "code").mkdir(parents=True)
    shutil.copy(REQUIREMENTS, project / "code" / "requirements.txt")
    (project / "code" / "index.py").write_text("def handler(event, context): ...\n")
    runtime = f"python3.{sys.version_info.minor}"
    (project / "template.yaml").write_text(TEMPLATE.format(runtime=runtime))
    own = {
        "PATH": f"{bench.python.parent}:{bench.environment['PATH']}",
        "PIP_CACHE_DIR": str(bench.folder / "pip-cache"),
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    run([str(bench.python.parent / "sam"), "build"], project, bench.environment | own)


def figures(rounds: list[dict[str, float]]) -> list[Figure]:
    def row(what: str, ours: str, peer: str, theirs: str, goal: str = "") -> Figure:
        return compare(what, [(one[ours], one[theirs]) for one in rounds], peer, goal)

    return [
        row("`Dependencies`, cold", "action cold", "`pip install --target`, without its cache", "pip cold"),
        row("`Dependencies`, uv's cache warm", "action warm", "`pip install --target`, its cache warm", "pip warm"),
        row("`Dependencies`, uv's cache warm", "action warm", "`sam build`, pip's cache warm", "sam build"),
        row("`Dependencies`, unchanged", "action unchanged", "`sam build`, pip's cache warm", "sam build"),
        row("installing alone, warm", "install warm", "`sam build`, pip's cache warm", "sam build", "≤ 0.05"),
        row("installing alone, warm", "install warm", "`cp -r` of the result", "cp -r", "≤ 1.5"),
    ]


if __name__ == "__main__":
    main()
