"""What a change of the stack costs, beside `aws cloudformation deploy` and `sceptre` with the same templates.

    python benchmarks/stack.py [--rounds N] [--json]

Each of the three has a stack of its own on one embedded AWS, made of the same published templates with the same
parameters; all of them reach it through a relay that counts requests and holds none back. They are measured as
programs, from start to end. `pipeline.up` and `pipeline.diff` also build the bundle's key, lint and check beforehand.
Then the templates are linted, beside one `cfn-lint` for each of them. The peers come from PyPI into environments of
their own; everything lies on tmpfs where there is one.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from place import Bench, installed, relayed
from run import INVOKE, arguments, checkout, clean_environment, invoke, run, scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SCEPTRE = "sceptre==4.7.0"
CLI, SCEPTRES = "aws cloudformation", "sceptre"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
GOALS = {"up, one parameter changed": "≤ 0.75", "lint, again": "≤ 0.1", "lint, the first time": "≤ 0.5"}
MEMORY = (1024, 2048)


@dataclass(frozen=True)
class Figure:
    """One line of the table: seconds (medians) and requests of ours and of a peer, and the median of the ratios."""

    what: str
    seconds: float
    requests: int
    peer: str
    peer_seconds: float
    peer_requests: int
    ratio: float
    goal: str


@dataclass(frozen=True)
class Taken:
    """What one command took."""

    seconds: float
    requests: int


@dataclass(frozen=True)
class World:
    """A checkout whose embedded AWS is behind the relay, the peers' programs, and their project beside it."""

    copy: Path
    environment: dict[str, str]
    counted: Callable[[], int]
    aws: str
    sceptre: str
    project: Path


def main() -> None:
    options = arguments(__doc__)
    with scratch() as folder, world(folder) as there:
        figures = [*measured(there, options.rounds), *linted(there, options.rounds)]
    print(json.dumps([asdict(one) for one in figures], indent=2) if options.json else table(figures, options.rounds))


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    copy, plain = checkout(folder), clean_environment() | {"INVOKE_PIPELINE_SOURCE": "s3"}
    invoke(copy, plain, "local.up")
    state = copy / ".local" / "aws.json"
    direct = state.read_text()
    exports = dict(re.findall(r"^export (\w+)=(.*)$", run([*INVOKE, "local.env"], copy, plain), re.MULTILINE))
    near = Bench("embedded AWS", {name: value.strip("'") for name, value in exports.items()}, lambda: "")
    with relayed(near, 0) as behind:
        url = behind.environment["AWS_ENDPOINT_URL"]
        state.write_text(direct.replace(near.environment["AWS_ENDPOINT_URL"], url))
        try:
            yield World(
                copy,
                plain | behind.environment,
                lambda: sum(int(word.split()[0]) for word in behind.counted().split(", ") if word),
                installed(folder / "awscli"),
                installed(folder / "sceptre", SCEPTRE, "sceptre"),
                folder / "project",
            )
        finally:
            state.write_text(direct)
            invoke(copy, plain, "local.down")


def measured(there: World, rounds: int) -> list[Figure]:
    """The stacks come up once; then each command of each round, ours and the peers' one after another."""
    run([*INVOKE, "pipeline.up", "--yes"], there.copy, there.environment)
    describe(there, MEMORY[0])
    for command in (deploy(there, MEMORY[0]), launch(there)):
        run(command, there.project, there.environment)
    found: dict[tuple[str, str], list[tuple[Taken, Taken]]] = defaultdict(list)
    run([*INVOKE, "pipeline.up"], there.copy, there.environment | {"INVOKE_PIPELINE_MEMORY": str(MEMORY[0])})
    for number in range(rounds):
        for what, ours, theirs in one_round(there, MEMORY[number % 2], MEMORY[(number + 1) % 2]):
            for peer, took in theirs.items():
                found[what, peer].append((ours, took))
    return [compared(what, peer, pairs) for (what, peer), pairs in found.items()]


def one_round(there: World, now: int, then: int) -> Iterator[tuple[str, Taken, dict[str, Taken]]]:
    """Nothing changed, the status, a look at a change, and the change."""
    ours, describing = [*INVOKE], [there.aws, "cloudformation", "describe-stacks", "--stack-name", "by-cli"]
    describe(there, now)
    yield "up, nothing changed", taken(there, [*ours, "pipeline.up"], now), {
        CLI: taken(there, deploy(there, now)), SCEPTRES: taken(there, launch(there)),
    }  # fmt: skip
    yield "status", taken(there, [*ours, "pipeline.status"], now), {
        CLI: taken(there, describing), SCEPTRES: taken(there, [there.sceptre, "status", "by-sceptre.yaml"]),
    }  # fmt: skip
    yield "diff, nothing changed", taken(there, [*ours, "pipeline.diff"], now), {
        CLI: taken(there, [*deploy(there, now), "--no-execute-changeset"]),
        SCEPTRES: look(there),
    }  # fmt: skip
    describe(there, then)
    yield "diff, one parameter changed", taken(there, [*ours, "pipeline.diff"], then), {
        CLI: taken(there, [*deploy(there, then), "--no-execute-changeset"]),
        SCEPTRES: look(there),
    }  # fmt: skip
    yield "up, one parameter changed", taken(there, [*ours, "pipeline.up"], then), {
        CLI: taken(there, deploy(there, then)), SCEPTRES: taken(there, launch(there)),
    }  # fmt: skip


def taken(there: World, command: list[str], memory: int = 0, ends: Sequence[int] = (0,)) -> Taken:
    environment = there.environment | ({"INVOKE_PIPELINE_MEMORY": str(memory)} if memory else {})
    there.counted()
    started = time.monotonic()
    run(command, there.copy if memory else there.project, environment, ends)
    return Taken(time.monotonic() - started, there.counted())


def describe(there: World, memory: int) -> None:
    """Write down for the peers what our stack is made of."""
    asked = [there.aws, "cloudformation", "describe-stacks", "--stack-name", "dromedary", "--output", "json"]
    (stack,) = json.loads(run(asked, there.copy, there.environment))["Stacks"]
    values = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]} | {"Memory": str(memory)}
    for name in ("config", "templates"):
        (there.project / name).mkdir(parents=True, exist_ok=True)
    get = [there.aws, "cloudformation", "get-template", "--stack-name", "dromedary", "--query", "TemplateBody"]
    body = run([*get, "--output", "text"], there.copy, there.environment)
    (there.project / "templates" / "root.yaml").write_text(body)
    (there.project / "config" / "config.yaml").write_text("project_code: by\nregion: us-east-1\n")
    chosen = {"template": {"path": "root.yaml", "type": "file"}, "stack_name": "by-sceptre", "parameters": values}
    (there.project / "config" / "by-sceptre.yaml").write_text(json.dumps(chosen))
    (there.project / "parameters.json").write_text(json.dumps([f"{key}={value}" for key, value in values.items()]))


def deploy(there: World, memory: int) -> list[str]:
    """The AWS CLI's command for one value of the parameter."""
    listed = json.loads((there.project / "parameters.json").read_text())
    values = [one for one in listed if not one.startswith("Memory=")] + [f"Memory={memory}"]
    template = ["--template-file", "templates/root.yaml", "--stack-name", "by-cli", "--no-fail-on-empty-changeset"]
    overrides = ["--parameter-overrides", *values]
    return [there.aws, "cloudformation", "deploy", *template, "--capabilities", *CAPABILITIES, *overrides]


def launch(there: World) -> list[str]:
    return [there.sceptre, "launch", "--yes", "by-sceptre.yaml"]


def look(there: World) -> Taken:
    """A change set by sceptre; its `diff` wants an answer of DescribeStacks that the embedded AWS does not give."""
    name = f"look-{time.monotonic_ns()}"
    took = taken(there, [there.sceptre, "create", "--yes", "by-sceptre.yaml", name], ends=(0, 1))
    run([there.sceptre, "delete", "--yes", "by-sceptre.yaml", name], there.project, there.environment, (0, 1))
    return took


def linted(there: World, rounds: int) -> list[Figure]:
    """All templates by one command, beside one cfn-lint for each and one for all, of what lies in the bucket."""
    folder = there.project / "rendered"
    folder.mkdir()
    bucket = "s3://dromedary-000000000000-us-east-1/templates/"
    run([there.aws, "s3", "sync", bucket, str(folder), "--quiet"], there.copy, there.environment)
    newest = {path.stem: path for path in sorted(folder.rglob("*.yml"), key=lambda path: path.stat().st_mtime)}
    files = [str(path) for path in newest.values()]
    check = [str(Path(sys.executable).parent / "cfn-lint")]
    found: dict[tuple[str, str], list[tuple[Taken, Taken]]] = defaultdict(list)
    for _ in range(rounds):
        shutil.rmtree(there.copy / ".local" / "lint", ignore_errors=True)
        first, again = (lint(there, [[*INVOKE, "pipeline.lint"]]) for _ in range(2))
        each = lint(there, [[*check, file] for file in files])
        together = lint(there, [[*check, *files]])
        for what, ours in {"lint, the first time": first, "lint, again": again}.items():
            found[what, f"`cfn-lint` for each of {len(files)}"].append((ours, each))
            found[what, "one `cfn-lint` for all"].append((ours, together))
    return [compared(what, peer, pairs) for (what, peer), pairs in found.items()]


def lint(there: World, commands: list[list[str]]) -> Taken:
    started = time.monotonic()
    for command in commands:
        run(command, there.copy, there.environment, (0, 4, 6))  # cfn-lint takes an address here for a file, and warns
    return Taken(time.monotonic() - started, 0)


def compared(what: str, peer: str, pairs: Sequence[tuple[Taken, Taken]]) -> Figure:
    ours, theirs = zip(*pairs, strict=True)
    seconds, peer_seconds = ([one.seconds for one in side] for side in (ours, theirs))
    ratio = statistics.median(mine / other for mine, other in zip(seconds, peer_seconds, strict=True))
    goal = GOALS.get(what, "") if peer != SCEPTRES and not peer.startswith("one") else ""
    return Figure(
        what, statistics.median(seconds), ours[-1].requests, peer, statistics.median(peer_seconds),
        theirs[-1].requests, ratio, goal,
    )  # fmt: skip


def table(figures: Sequence[Figure], rounds: int) -> str:
    head = ["| what | seconds | requests | beside it | seconds | requests | ratio | goal |"]
    head.append("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    rows = [
        f"| {one.what} | {one.seconds:.2f} | {one.requests or ''} | {one.peer} | {one.peer_seconds:.2f} "
        f"| {one.peer_requests or ''} | {one.ratio:.2f} | {one.goal} |"
        for one in figures
    ]
    return "\n".join([*head, *rows, "", f"Medians of {rounds} rounds; the ratio is the median of the rounds' ratios."])


if __name__ == "__main__":
    main()
