"""An alias moves to a new version by and by, and back at once if the new version does badly.

`shift=canary:10:5` gives the new version 10 % of the traffic for 5 minutes, then all; `shift=linear:10:1` gives it
10 % more each minute. The percentage is a whole number; the minutes may be a decimal one. No function sleeps: each job
looks at the alarms and at the errors of the new version, moves the alias if its time has come, and answers with a token
for the next one. Until the end the alias remains at the old version, so that a delivery which stops half way leaves an
alias that the next one understands.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.delivery import alias, health
from lambdas.delivery.alias import Alias, Route
from lambdas.job import clients
from lambdas.job.ending import Continued, JobError, Misconfigured, Outcome
from lambdas.job.refusal import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdas.delivery.order import Order

OPTIONS = ("shift", "alarms")
LONGEST = 23 * 60
"""The most minutes that a shift takes; CodePipeline gives an action 24 hours, its pauses between jobs included.
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

_FORM = re.compile(r"(canary|linear):([1-9][0-9]?):([0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True)
class Plan:
    """The weights of the new version, one after another, the minutes that each lasts, and the alarms to look at."""

    weights: tuple[float, ...]
    minutes: float
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shift:
    """How far a shift is; this is what a token carries.

    `due` and `began` are seconds since 1970; `invocations` and `errors` are what CloudWatch had counted for the new
    version in the minute of the beginning: those of an earlier try.
    """

    version: str
    previous: str
    step: int
    due: float
    began: float
    invocations: int
    errors: int

    @classmethod
    def from_token(cls, token: str) -> Shift:
        """Read a token.

        Raises:
            Misconfigured: it is none.
        """
        try:
            return cls(**json.loads(token))
        except (ValueError, TypeError):
            raise Misconfigured(["the continuation token is no shift's; release the change again"]) from None

    def token(self) -> str:
        return json.dumps(asdict(self))

    def route(self, plan: Plan, step: int) -> Route:
        """Where the traffic goes at a step; after the last it all goes to the new version."""
        if step >= len(plan.weights):
            return Route(self.version)
        return Route(self.previous, {self.version: plan.weights[step]})


def plan(given: Mapping[str, str]) -> Plan | None:
    """What the parameters ask for; None where they want the alias to move at once.

    Raises:
        Misconfigured: they make no sense.
    """
    if "shift" not in given:
        if "alarms" in given:
            raise Misconfigured(["alarms needs a shift: without one the alias moves at once and nothing is looked at"])
        return None
    formed = _FORM.fullmatch(given["shift"])
    if not formed or not float(formed[3]):
        raise Misconfigured([f"shift must be canary or linear:PERCENT:MINUTES, as canary:10:5, not {given['shift']}"])
    percent, minutes = int(formed[2]), float(formed[3])
    steps = [percent] if formed[1] == "canary" else range(percent, 100, percent)
    if len(steps) * minutes > LONGEST:
        raise Misconfigured([f"shift takes {len(steps) * minutes:.0f} minutes; CodePipeline leaves {LONGEST}"])
    alarms = dict.fromkeys(filter(None, map(str.strip, given.get("alarms", "").split(","))))
    return Plan(tuple(step / 100 for step in steps), minutes, tuple(alarms))


def begin(current: Alias, version: str, plan: Plan, now: Callable[[], float] = time.time) -> Continued:
    """Give a version the first of its weights, beside the one that the alias is at."""
    began = now()
    counted = health.counts(clients.metrics(), current, [version], began, began)[version]
    due = began + plan.minutes * 60
    shift = Shift(version, current.route.version, 0, due, began, counted.invocations, counted.errors)
    alias.move(clients.functions(), current, shift.route(plan, 0))
    return _going_on(current, shift, plan)


def resume(order: Order, token: str, now: Callable[[], float] = time.time) -> Outcome:
    """Look at the new version; take the next step if it is due, or put the alias back.

    Raises:
        JobError: the alias was put back, or somebody else moved it.
    """
    shift, planned = Shift.from_token(token), plan(order.given)
    if planned is None:
        raise Misconfigured(["shift is gone from the parameters; release the change again"])
    current = _current(order, shift, planned)
    found = _complaints(current, shift, planned, now())
    if found:
        raise _taken_back(current, shift, found)
    if now() < shift.due:
        return _going_on(current, shift, planned)
    following = replace(shift, step=shift.step + 1, due=now() + planned.minutes * 60)
    alias.move(clients.functions(), current, following.route(planned, following.step))
    if following.step < len(planned.weights):
        return _going_on(current, following, planned)
    return alias.delivered(current.function, current.name, shift.version, shift.previous)


def _going_on(current: Alias, shift: Shift, plan: Plan) -> Continued:
    share = f"version {shift.version} has {plan.weights[shift.step]:.0%} of {current}"
    return Continued(shift.token(), f"{share}, version {shift.previous} the rest")


def _current(order: Order, shift: Shift, plan: Plan) -> Alias:
    """The alias, where this shift left it: at its step, or at the next one if the same job comes a second time.

    Raises:
        JobError: it is elsewhere.
    """
    function, name = order.given["function"], order.given["alias"]
    current = alias.find(clients.functions(), function, name)
    if not current or current.route not in [shift.route(plan, step) for step in (shift.step, shift.step + 1)]:
        raise alias.moved_meanwhile(function, name)
    return current


def _complaints(current: Alias, shift: Shift, plan: Plan, now: float) -> list[str]:
    """What speaks against the new version; one that cannot be watched is not trusted."""
    metrics, versions = clients.metrics(), [shift.version, shift.previous]
    try:
        found = health.complaints(metrics, plan.alarms)
        counted = health.counts(metrics, current, versions, shift.began, now)
    except (BotoCoreError, ClientError) as error:
        return [f"CloudWatch did not say how version {shift.version} does: {explain(error).message}"]
    new = counted[shift.version] - health.Count(shift.invocations, shift.errors)
    old = counted[shift.previous]
    if health.rises(new, old):
        found.append(f"Version {shift.version} failed {new}, version {shift.previous} beside it {old}")
    return found


def _taken_back(current: Alias, shift: Shift, complaints: list[str]) -> JobError:
    """Put all the traffic back on the old version; the error to raise says why, and whether that was possible."""
    why = "; ".join(complaints)
    try:
        alias.move(clients.functions(), current, Route(shift.previous))
    except (JobError, BotoCoreError, ClientError) as error:
        return JobError(f"{why}; {current} could not be put back to version {shift.previous}: {error}")
    return JobError(f"{why}; {current} is back at version {shift.previous} with all the traffic")
