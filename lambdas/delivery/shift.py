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
from lambdas.delivery.alias import Alias, MovedMeanwhile, Route
from lambdas.delivery.order import RELEASE_AGAIN
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

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> Plan | None:
        """What the parameters ask for; None where they want the alias to move at once.

        Raises:
            Misconfigured: they make no sense.
        """
        if "shift" not in parameters:
            if "alarms" in parameters:
                raise Misconfigured(
                    ["alarms needs a shift: without one the alias moves at once and nothing is looked at"]
                )
            return None
        form = _FORM.fullmatch(parameters["shift"])
        if not form or not float(form[3]):
            raise Misconfigured(
                [f"shift must be canary or linear:PERCENT:MINUTES, as canary:10:5, not {parameters['shift']}"]
            )
        percent, minutes = int(form[2]), float(form[3])
        steps = [percent] if form[1] == "canary" else range(percent, 100, percent)
        if len(steps) * minutes > LONGEST:
            raise Misconfigured([f"shift takes {len(steps) * minutes:.0f} minutes; CodePipeline leaves {LONGEST}"])
        alarms = dict.fromkeys(filter(None, map(str.strip, parameters.get("alarms", "").split(","))))
        return cls(tuple(step / 100 for step in steps), minutes, tuple(alarms))


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
            raise Misconfigured([f"the continuation token is no shift's; {RELEASE_AGAIN}"]) from None

    def token(self) -> str:
        return json.dumps(asdict(self))

    def route(self, plan: Plan, step: int) -> Route:
        """Where the traffic goes at a step; after the last it all goes to the new version."""
        if step >= len(plan.weights):
            return Route(self.version)
        return Route(self.previous, {self.version: plan.weights[step]})


def begin(
    current: Alias, version: str, plan: Plan, now: Callable[[], float] = time.time, *, again: str = RELEASE_AGAIN
) -> Continued:
    """Give a version the first of its weights, beside the one that the alias is at.

    Raises:
        MovedMeanwhile: somebody else moved it since it was read.
    """
    began = now()
    earlier = health.count(clients.metrics(), current, [version], began, began)[version]
    due = began + plan.minutes * 60
    shift = Shift(version, current.route.version, 0, due, began, earlier.invocations, earlier.errors)
    alias.move(clients.functions(), current, shift.route(plan, 0), again=again)
    return _continue(current, shift, plan)


def resume(order: Order, token: str, now: Callable[[], float] = time.time) -> Outcome:
    """Look at the new version; take the next step if it is due, or put the alias back.

    Raises:
        JobError: the alias was put back, or somebody else moved it.
    """
    shift, plan = Shift.from_token(token), Plan.from_parameters(order.parameters)
    if plan is None:
        raise Misconfigured([f"shift is gone from the parameters; {RELEASE_AGAIN}"])
    current = _current(order, shift, plan)
    complaints = _complaints(current, shift, plan, now())
    if complaints:
        raise JobError("; ".join([*complaints, _put_back(current, shift.previous)]))
    if now() < shift.due:
        return _continue(current, shift, plan)
    following = replace(shift, step=shift.step + 1, due=now() + plan.minutes * 60)
    alias.move(clients.functions(), current, following.route(plan, following.step), again=order.again)
    if following.step < len(plan.weights):
        return _continue(current, following, plan)
    return alias.conclude(current.function, current.name, shift.version, shift.previous)


def _continue(current: Alias, shift: Shift, plan: Plan) -> Continued:
    share = f"version {shift.version} has {plan.weights[shift.step]:.0%} of {current}"
    return Continued(shift.token(), f"{share}, version {shift.previous} the rest")


def _current(order: Order, shift: Shift, plan: Plan) -> Alias:
    """The alias, where this shift left it: at its step, or at the next one if the same job comes a second time.

    Raises:
        MovedMeanwhile: it is elsewhere.
    """
    function, name = order.parameters["function"], order.parameters["alias"]
    current = alias.find(clients.functions(), function, name)
    if not current or current.route not in [shift.route(plan, step) for step in (shift.step, shift.step + 1)]:
        raise MovedMeanwhile(function, name, order.again)
    return current


def _complaints(current: Alias, shift: Shift, plan: Plan, now: float) -> list[str]:
    """What speaks against the new version; one that cannot be watched is not trusted."""
    metrics, versions = clients.metrics(), [shift.version, shift.previous]
    try:
        complaints = health.complaints(metrics, plan.alarms)
        counts = health.count(metrics, current, versions, shift.began, now)
    except (BotoCoreError, ClientError) as error:
        return [f"CloudWatch did not say how version {shift.version} does: {explain(error).message}"]
    new = counts[shift.version] - health.Count(shift.invocations, shift.errors)
    old = counts[shift.previous]
    if health.rises(new, old):
        complaints.append(f"Version {shift.version} failed {new}, version {shift.previous} beside it {old}")
    return complaints


def _put_back(current: Alias, version: str) -> str:
    """Put all the traffic back on the old version, and say whether that was possible."""
    try:
        alias.move(clients.functions(), current, Route(version))
    except (JobError, BotoCoreError, ClientError) as error:
        return f"{current} could not be put back to version {version}: {error}"
    return f"{current} is back at version {version} with all the traffic"
