"""The actions that only rehearse: a whole pipeline can run before its real actions exist.

UserParameters: `type=mock&result=succeed|fail|continue`, `times=<how many jobs go on before the last one>`,
`message=<what the last one says>` and `Variable.<Name>=<value>` for each output variable. `continue` goes on once,
unless `times` says otherwise, and then succeeds. Any artifacts may come in; those that go out hold one small file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.artifacts import packing, transfer
from lambdas.delivery.order import RELEASE_AGAIN
from lambdas.execution import storage
from lambdas.job import clients, parameters
from lambdas.job.ending import Continued, Failed, Misconfigured, Outcome, Succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambdas.job.job import Job

TYPE = "mock"
MOST_TIMES = 100
"""The most jobs that a rehearsal goes on for."""
FILE = "rehearsal.txt"
"""The one file in an output artifact."""

_RESULTS = ("succeed", "fail", "continue")
_VARIABLE = "Variable."
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9@_-]+")


@dataclass(frozen=True)
class Script:
    """What a rehearsal does: how many jobs go on, and how the last one ends."""

    result: str
    times: int
    message: str
    variables: Mapping[str, str]

    @classmethod
    def from_parameters(cls, values: Mapping[str, str]) -> Script:
        """Read the parameters of the action.

        Raises:
            Misconfigured: they make no sense; names every mistake.
        """
        parameters.check(list(_mistakes(values)))
        result = values["result"]
        times = int(values.get("times", 1 if result == "continue" else 0))
        variables = {key.removeprefix(_VARIABLE): value for key, value in values.items() if key.startswith(_VARIABLE)}
        return cls(result, times, values.get("message", ""), variables)


def play(job: Job, values: Mapping[str, str]) -> Outcome:
    """Do what the script says."""
    script = Script.from_parameters(values)
    count = _count(job.continuation_token)
    if count < script.times:
        return Continued(str(count + 1))
    if script.result == "fail":
        return Failed(script.message or "This action rehearses a failure")
    _deliver_all(job)
    return Succeeded(script.message or "This action rehearses a success", script.variables)


def _count(token: str | None) -> int:
    """How many jobs of the rehearsal went before."""
    try:
        return int(token or 0)
    except ValueError:
        raise Misconfigured([f"the continuation token is none of a rehearsal; {RELEASE_AGAIN}"]) from None


def _deliver_all(job: Job) -> None:
    store = clients.artifact_store(job.credentials)
    with storage.work("rehearsal-") as scratch:
        text, zip_file = scratch / FILE, scratch / "packed.zip"
        for artifact in job.outputs.values():
            text.write_text(f"{artifact.name} of a rehearsal\n")
            packing.write({FILE: text}, zip_file)
            transfer.deliver(store, artifact, zip_file, job.key)


def _mistakes(values: Mapping[str, str]) -> Iterator[str]:
    yield from parameters.mistakes(values, ["result"], ["times", "message"], [_VARIABLE])
    if values.get("result", "succeed") not in _RESULTS:
        yield f"result must be one of {', '.join(_RESULTS)}"
    times = values.get("times", "0")
    if not re.fullmatch(r"[0-9]{1,3}", times) or int(times) > MOST_TIMES:
        yield f"times must be a whole number from 0 to {MOST_TIMES}; it is {times!r}"
    for key in values:
        name = key.removeprefix(_VARIABLE)
        if key.startswith(_VARIABLE) and not _VARIABLE_NAME.fullmatch(name):
            yield f"{key} cannot be a variable: a name has letters, digits, @, _ and -"
