"""What a sandbox costs an invocation, cold and warm, beside the same function without one, in the same run.

    python -m benchmarks.sandbox [--rounds N] [--json]

Two embedded AWS's run side by side, one with a sandbox and one without. A cold invocation is the first one after the
function's configuration changed; the next ones are warm. The calls go through boto3, as a pipeline's do.
"""

from __future__ import annotations

import contextlib
import io
import json
import statistics
import zipfile
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, parser, seconds, show
from benchmarks.place import checkout, clean_environment, client, exports, invoke, scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_lambda import LambdaClient

WARM_A_ROUND = 20
NAME = "nothing"
CODE = "def handler(event, context):\n    return event\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def main() -> None:
    options = parser(__doc__, rounds=15).parse_args()
    with (
        scratch() as folder,
        functions(folder / "with", "required") as within,
        functions(folder / "without", "none") as without,
    ):
        invocations = [(invoke_both(within, number), invoke_both(without, number)) for number in range(options.rounds)]
    colds = [(ours[0], theirs[0]) for ours, theirs in invocations]
    warms = [(ours[1], theirs[1]) for ours, theirs in invocations]
    show(
        [difference("a cold invocation in a sandbox, ms", colds, "≤ +60"), difference("a warm one, ms", warms, "≤ +5")],
        options,
    )


def difference(what: str, pairs: list[tuple[float, float]], goal: str) -> Figure:
    """Medians in milliseconds; the median of the rounds' differences stands in the words."""
    ours, theirs = zip(*pairs, strict=True)
    more = statistics.median(one - other for one, other in pairs)
    ratio = statistics.median(one / other for one, other in pairs)
    return Figure(f"{what} ({more:+.1f})", statistics.median(ours), "without", statistics.median(theirs), ratio, goal)


@contextlib.contextmanager
def functions(folder: Path, sandbox: str) -> Iterator[LambdaClient]:
    """A client of Lambda on an embedded AWS with such a sandbox, on which the function is made."""
    folder.mkdir()
    copy = checkout(folder)
    environment = clean_environment() | {"INVOKE_PIPELINE_LOCAL_SANDBOX": sandbox}
    invoke(copy, environment, "local.up")
    try:
        yield make(exports(copy, environment))
    finally:
        invoke(copy, environment, "local.down")


def make(variables: dict[str, str]) -> LambdaClient:
    role = client("iam", variables).create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"][
        "Arn"
    ]
    functions: LambdaClient = client("lambda", variables)
    functions.create_function(
        FunctionName=NAME, Runtime="python3.11", Role=role, Handler="index.handler", Code={"ZipFile": package()}
    )
    return functions


def package() -> bytes:
    archive, member = io.BytesIO(), zipfile.ZipInfo("index.py")
    member.external_attr = 0o644 << 16
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(member, CODE)
    return archive.getvalue()


def invoke_both(client: LambdaClient, number: int) -> tuple[float, float]:
    """Milliseconds of the first invocation of a new environment, and the median of the next ones."""
    client.update_function_configuration(FunctionName=NAME, Environment={"Variables": {"ROUND": str(number)}})

    def invoke_once() -> None:
        client.invoke(FunctionName=NAME)["Payload"].read()

    cold, *warm = (seconds(invoke_once) for _ in range(1 + WARM_A_ROUND))
    return cold * 1000, statistics.median(warm) * 1000


if __name__ == "__main__":
    main()
