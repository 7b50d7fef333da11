"""What a change of the stack costs, beside `aws cloudformation deploy` and `sceptre` with the same templates.

    python -m benchmarks.stack [--rounds N] [--json]

Each of the three has a stack of its own on one embedded AWS, made of the same published templates with the same
parameters; all of them reach it through a relay that counts requests to AWS and holds none back. They are measured as
programs, from start to end. `pipeline.up` and `pipeline.diff` also build the bundle's key, lint and check beforehand.
Then the templates are linted, beside one `cfn-lint` for each of them. The peers come from PyPI into environments of
their own; everything lies on tmpfs where world is one.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import as_json, parser
from benchmarks.place import INVOKE, Bench, checkout, clean_environment, exports, install, invoke, relayed, run, scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SCEPTRE = "sceptre==4.7.0"
CLI, SCEPTRES = "aws cloudformation", "sceptre"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
GOALS = {
    "up, nothing changed": "≤ 0.9",
    "status": "≤ 1.0",
    "diff, nothing changed": "≤ 1.0",
    "up, one parameter changed": "≤ 0.75",
    "lint, again": "≤ 0.1",
    "lint, the first time": "≤ 0.5",
}
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
class Cost:
    """What one command took."""

    seconds: float
    requests: int


@dataclass(frozen=True)
class World:
    """A checkout whose embedded AWS is behind the relay, the peers' programs, and their project beside it."""

    copy: Path
    environment: dict[str, str]
    requests: Callable[[], int]
    aws: str
    sceptre: str
    project: Path


def main() -> None:
    options = parser(__doc__).parse_args()
    with scratch() as folder, open_world(folder) as world:
        figures = [*measure(world, options.rounds), *measure_linting(world, options.rounds)]
    print(as_json(figures) if options.json else table(figures, options.rounds))


@contextlib.contextmanager
def open_world(folder: Path) -> Iterator[World]:
    copy, plain = checkout(folder), clean_environment() | {"INVOKE_PIPELINE_SOURCE": "s3"}
    invoke(copy, plain, "local.up")
    state = copy / ".local" / "aws.json"
    direct = state.read_text()
    near = Bench("embedded AWS", exports(copy, plain), lambda: "")
    with relayed(near, 0) as behind:
        url = behind.environment["AWS_ENDPOINT_URL"]
        state.write_text(direct.replace(near.environment["AWS_ENDPOINT_URL"], url))
        try:
            yield World(
                copy,
                plain | behind.environment,
                lambda: sum(int(word.split()[0]) for word in behind.requests().split(", ") if word),
                install(folder / "awscli"),
                install(folder / "sceptre", SCEPTRE, "sceptre"),
                folder / "project",
            )
        finally:
            state.write_text(direct)
            invoke(copy, plain, "local.down")


def measure(world: World, rounds: int) -> list[Figure]:
    """The stacks come up once; then each command of each round, ours and the peers' one after another."""
    run([*INVOKE, "pipeline.up", "--yes"], world.copy, world.environment)
    describe(world, MEMORY[0])
    for command in (deploy(world, MEMORY[0]), launch(world)):
        run(command, world.project, world.environment)
    pairs: dict[tuple[str, str], list[tuple[Cost, Cost]]] = defaultdict(list)
    run([*INVOKE, "pipeline.up"], world.copy, world.environment | {"INVOKE_PIPELINE_MEMORY": str(MEMORY[0])})
    for number in range(rounds):
        for what, ours, theirs in one_round(world, MEMORY[number % 2], MEMORY[(number + 1) % 2]):
            for peer, peers in theirs.items():
                pairs[what, peer].append((ours, peers))
    return [compare(what, peer, of_both) for (what, peer), of_both in pairs.items()]


def one_round(world: World, now: int, then: int) -> Iterator[tuple[str, Cost, dict[str, Cost]]]:
    """Nothing changed, the status, a look at a change, and the change."""
    ours, describing = [*INVOKE], [world.aws, "cloudformation", "describe-stacks", "--stack-name", "by-cli"]
    describe(world, now)
    yield "up, nothing changed", cost(world, [*ours, "pipeline.up"], now), {
        CLI: cost(world, deploy(world, now)), SCEPTRES: cost(world, launch(world)),
    }  # fmt: skip
    yield "status", cost(world, [*ours, "pipeline.status"], now), {
        CLI: cost(world, describing), SCEPTRES: cost(world, [world.sceptre, "status", "by-sceptre.yaml"]),
    }  # fmt: skip
    yield "diff, nothing changed", cost(world, [*ours, "pipeline.diff"], now), {
        CLI: cost(world, [*deploy(world, now), "--no-execute-changeset"]),
        SCEPTRES: look(world),
    }  # fmt: skip
    describe(world, then)
    yield "diff, one parameter changed", cost(world, [*ours, "pipeline.diff"], then), {
        CLI: cost(world, [*deploy(world, then), "--no-execute-changeset"]),
        SCEPTRES: look(world),
    }  # fmt: skip
    yield "up, one parameter changed", cost(world, [*ours, "pipeline.up"], then), {
        CLI: cost(world, deploy(world, then)), SCEPTRES: cost(world, launch(world)),
    }  # fmt: skip


def cost(world: World, command: list[str], memory: int = 0, ends: Sequence[int] = (0,)) -> Cost:
    environment = world.environment | ({"INVOKE_PIPELINE_MEMORY": str(memory)} if memory else {})
    world.requests()
    started = time.monotonic()
    run(command, world.copy if memory else world.project, environment, ends)
    return Cost(time.monotonic() - started, world.requests())


def describe(world: World, memory: int) -> None:
    """Write down for the peers what our stack is made of."""
    describe_stacks = [world.aws, "cloudformation", "describe-stacks", "--stack-name", "dromedary", "--output", "json"]
    (stack,) = json.loads(run(describe_stacks, world.copy, world.environment))["Stacks"]
    values = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]} | {"Memory": str(memory)}
    for name in ("config", "templates"):
        (world.project / name).mkdir(parents=True, exist_ok=True)
    get = [world.aws, "cloudformation", "get-template", "--stack-name", "dromedary", "--query", "TemplateBody"]
    body = run([*get, "--output", "text"], world.copy, world.environment)
    (world.project / "templates" / "root.yaml").write_text(body)
    (world.project / "config" / "config.yaml").write_text("project_code: by\nregion: us-east-1\n")
    config = {"template": {"path": "root.yaml", "type": "file"}, "stack_name": "by-sceptre", "parameters": values}
    (world.project / "config" / "by-sceptre.yaml").write_text(json.dumps(config))
    (world.project / "parameters.json").write_text(json.dumps([f"{key}={value}" for key, value in values.items()]))


def deploy(world: World, memory: int) -> list[str]:
    """The AWS CLI's command for one value of the parameter."""
    parameters = json.loads((world.project / "parameters.json").read_text())
    values = [one for one in parameters if not one.startswith("Memory=")] + [f"Memory={memory}"]
    template = ["--template-file", "templates/root.yaml", "--stack-name", "by-cli", "--no-fail-on-empty-changeset"]
    overrides = ["--parameter-overrides", *values]
    return [world.aws, "cloudformation", "deploy", *template, "--capabilities", *CAPABILITIES, *overrides]


def launch(world: World) -> list[str]:
    return [world.sceptre, "launch", "--yes", "by-sceptre.yaml"]


def look(world: World) -> Cost:
    """A change set by sceptre; its `diff` wants an answer of DescribeStacks that the embedded AWS does not give."""
    name = f"look-{time.monotonic_ns()}"
    creation = cost(world, [world.sceptre, "create", "--yes", "by-sceptre.yaml", name], ends=(0, 1))
    run([world.sceptre, "delete", "--yes", "by-sceptre.yaml", name], world.project, world.environment, (0, 1))
    return creation


def measure_linting(world: World, rounds: int) -> list[Figure]:
    """All templates by one command, beside one cfn-lint for each and one for all, of what lies in the bucket."""
    folder = world.project / "rendered"
    folder.mkdir()
    bucket = "s3://dromedary-000000000000-us-east-1/templates/"
    run([world.aws, "s3", "sync", bucket, str(folder), "--quiet"], world.copy, world.environment)
    newest = {path.stem: path for path in sorted(folder.rglob("*.yml"), key=lambda path: path.stat().st_mtime)}
    files = [str(path) for path in newest.values()]
    check = [str(Path(sys.executable).parent / "cfn-lint")]
    pairs: dict[tuple[str, str], list[tuple[Cost, Cost]]] = defaultdict(list)
    for _ in range(rounds):
        for kept in ("drawn", "linted"):
            shutil.rmtree(world.copy / ".local" / kept)
        first, again = (lint(world, [[*INVOKE, "pipeline.lint"]]) for _ in range(2))
        each = lint(world, [[*check, file] for file in files])
        together = lint(world, [[*check, *files]])
        for what, ours in {"lint, the first time": first, "lint, again": again}.items():
            pairs[what, f"`cfn-lint` for each of {len(files)}"].append((ours, each))
            pairs[what, "one `cfn-lint` for all"].append((ours, together))
    return [compare(what, peer, of_both) for (what, peer), of_both in pairs.items()]


def lint(world: World, commands: list[list[str]]) -> Cost:
    started = time.monotonic()
    for command in commands:
        run(command, world.copy, world.environment, (0, 4, 6))  # cfn-lint takes an address here for a file, and warns
    return Cost(time.monotonic() - started, 0)


def compare(what: str, peer: str, pairs: Sequence[tuple[Cost, Cost]]) -> Figure:
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
