from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import alias, health, shift
from lambdas.delivery.alias import Alias, MovedMeanwhile, Route
from lambdas.delivery.health import Count
from lambdas.delivery.order import Order
from lambdas.delivery.shift import Plan, Shift
from lambdas.job import clients
from lambdas.job.ending import Continued, JobError, Misconfigured, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdas.job.ending import Outcome

PARAMETERS = {"function": "app", "alias": "live", "alarms": "slow,broken"}
ARTIFACT = Artifact("DistLambdaOutput", "artifact-bucket", "key")
START = 1_000_000.0
REFUSED = ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "DescribeAlarms")


@dataclass
class World:
    """A function's alias, what CloudWatch says, and the time."""

    route: Route = field(default_factory=lambda: Route("6"))
    loud: list[str] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    blind: bool = False
    stuck: bool = False
    time: float = START

    def find(self, _client: object, function: str, name: str) -> Alias:
        return Alias(function, name, self.route, "r1")

    def move(self, _client: object, _current: Alias, route: Route, *, again: str = "nothing to do") -> None:
        if self.stuck:
            raise MovedMeanwhile("app", "live", again)
        self.route = route
        self.routes.append(route)

    def complaints(self, _client: object, alarms: Sequence[str]) -> list[str]:
        if self.blind:
            raise REFUSED
        assert list(alarms) == ["slow", "broken"]
        return list(self.loud)

    def count(
        self, _client: object, current: Alias, versions: Sequence[str], since: float, until: float
    ) -> dict[str, Count]:
        assert str(current) == "app:live"
        assert (since, until) == (START, self.time)
        return {version: self.counts.get(version, Count()) for version in versions}

    def begin(self, way: str) -> Continued:
        plan = Plan.from_parameters(PARAMETERS | {"shift": way})
        assert plan
        return shift.begin(self.find(None, "app", "live"), "7", plan, lambda: self.time)

    def resume(self, way: str, token: str) -> Outcome:
        order = Order(PARAMETERS | {"shift": way}, ARTIFACT, float("inf"), again="try once more")
        return shift.resume(order, token, lambda: self.time)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    for name in ("functions", "metrics"):
        monkeypatch.setattr(clients, name, lambda: None)
    for module, name in ((alias, "find"), (alias, "move"), (health, "complaints"), (health, "count")):
        monkeypatch.setattr(module, name, getattr(world, name))
    return world


def share(weight: float) -> Route:
    return Route("6", {"7": weight})


@pytest.mark.parametrize(
    ("way", "weights", "minutes"),
    [
        ("canary:10:5", (0.1,), 5.0),
        ("canary:1:0.05", (0.01,), 0.05),
        ("linear:10:1", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9), 1.0),
        ("linear:30:2", (0.3, 0.6, 0.9), 2.0),
        ("linear:50:690", (0.5,), 690.0),
    ],
)
def test_a_plan_has_the_weights_before_the_last_and_the_minutes_of_each(
    way: str, weights: tuple[float, ...], minutes: float
) -> None:
    assert Plan.from_parameters({"shift": way}) == Plan(weights, minutes)


@pytest.mark.parametrize(
    "way",
    [
        "",
        "canary",
        "canary:10",
        "canary:0:5",
        "canary:100:5",
        "canary:10:0",
        "canary:10:-1",
        "canary:10:nan",
        "canary:1.5:5",
        "canary:10:5:1",
        "sudden:10:5",
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_one_that_does(way: str) -> None:
    with pytest.raises(Misconfigured, match="  - shift must be canary or linear:PERCENT:MINUTES, as canary:10:5"):
        Plan.from_parameters({"shift": way})


@pytest.mark.parametrize(("way", "minutes"), [("canary:10:1380", 1380), ("linear:25:460", 460)])
def test_a_plan_may_take_twenty_three_hours(way: str, minutes: int) -> None:
    plan = Plan.from_parameters({"shift": way})

    assert plan
    assert plan.minutes == minutes


@pytest.mark.parametrize(("way", "minutes"), [("canary:10:1381", 1381), ("linear:25:461", 1383), ("linear:1:15", 1485)])
def test_a_plan_that_takes_longer_than_an_action_may_is_refused(way: str, minutes: int) -> None:
    with pytest.raises(Misconfigured, match=rf"  - shift takes {minutes} minutes; CodePipeline leaves 1380$"):
        Plan.from_parameters({"shift": way})


def test_without_a_shift_there_is_no_plan() -> None:
    assert Plan.from_parameters({"function": "app", "alias": "live"}) is None


def test_alarms_are_named_with_commas(world: World) -> None:
    plan = Plan.from_parameters({"shift": "canary:10:5", "alarms": "slow, broken,,slow"})

    assert plan == Plan((0.1,), 5.0, ("slow", "broken"))
    assert not world.routes


def test_a_shift_and_alarms_may_be_asked_for() -> None:
    assert shift.OPTIONS == ("shift", "alarms")


def test_alarms_without_a_shift_would_not_be_looked_at_and_are_refused() -> None:
    with pytest.raises(Misconfigured, match="  - alarms needs a shift: without one"):
        Plan.from_parameters({"alarms": "slow"})


def test_a_canary_has_its_share_for_its_minutes_and_then_all(world: World) -> None:
    token = world.begin("canary:10:5").token
    world.time += 5 * 60 - 1
    waiting = world.resume("canary:10:5", token)
    before = list(world.routes)
    world.time += 1
    ended = world.resume("canary:10:5", token)

    variables = {"FunctionVersion": "7", "PreviousVersion": "6", "Alias": "live"}
    assert waiting == Continued(token, "version 7 has 10% of app:live, version 6 the rest")
    assert before == [share(0.1)]
    assert ended == Succeeded("app:live is version 7", variables)
    assert world.routes == [share(0.1), Route("7")]


def test_a_linear_shift_takes_one_step_after_another_each_for_its_minutes(world: World) -> None:
    outcome: Outcome = world.begin("linear:30:2")
    while isinstance(outcome, Continued):
        assert world.resume("linear:30:2", outcome.token) == outcome
        world.time += 2 * 60
        outcome = world.resume("linear:30:2", outcome.token)

    assert world.routes == [share(0.3), share(0.6), share(0.9), Route("7")]
    assert world.time == START + 6 * 60


def test_a_step_that_comes_late_lasts_its_minutes_all_the_same(world: World) -> None:
    token = world.begin("linear:30:2").token
    world.time += 10 * 60
    second = world.resume("linear:30:2", token)
    assert isinstance(second, Continued)
    world.time += 2 * 60 - 1

    assert world.resume("linear:30:2", second.token) == second


def test_a_token_is_short_enough_for_codepipeline(world: World) -> None:
    assert len(world.begin("linear:1:0.1").token) < 1024


@pytest.mark.parametrize("elapsed", [1, 5 * 60])
def test_an_alarm_puts_the_alias_back_at_each_job_not_only_when_a_step_is_due(world: World, elapsed: float) -> None:
    token = world.begin("canary:10:5").token
    world.loud = ["The alarm slow is in ALARM"]
    world.time += elapsed

    with pytest.raises(JobError, match="The alarm slow is in ALARM; app:live is back at version 6 with all the traff"):
        world.resume("canary:10:5", token)

    assert world.route == Route("6")


def test_errors_of_the_new_version_put_the_alias_back_and_are_counted(world: World) -> None:
    token = world.begin("canary:10:5").token
    world.counts = {"7": Count(10, 2), "6": Count(90, 0)}

    with pytest.raises(
        JobError, match="Version 7 failed 2 of 10 invocations, version 6 beside it 0 of 90 invocations; app:live is ba"
    ):
        world.resume("canary:10:5", token)

    assert world.route == Route("6")


def test_errors_that_the_old_version_has_as_well_do_not(world: World) -> None:
    token = world.begin("canary:10:5").token
    world.counts = {"7": Count(10, 2), "6": Count(90, 18)}

    assert world.resume("canary:10:5", token) == Continued(token, ANY)


def test_errors_of_an_earlier_try_in_the_same_minute_do_not(world: World) -> None:
    world.counts = {"7": Count(10, 2)}
    token = world.begin("canary:10:5").token

    assert world.resume("canary:10:5", token) == Continued(token, ANY)


def test_a_version_that_cannot_be_watched_is_taken_back(world: World) -> None:
    token = world.begin("canary:10:5").token
    world.blind = True

    with pytest.raises(JobError, match=r"^CloudWatch did not say how version 7 does: .*Rate exceeded.* is back at ver"):
        world.resume("canary:10:5", token)

    assert world.route == Route("6")


def test_an_alias_that_somebody_moves_when_a_shift_begins_is_left_to_them(world: World) -> None:
    world.stuck = True

    with pytest.raises(JobError, match=r"^Somebody else moved app:live meanwhile; release the change again$"):
        world.begin("canary:10:5")


def test_an_alias_that_somebody_moves_at_a_step_is_left_to_them(world: World) -> None:
    token = world.begin("linear:30:2").token
    world.stuck, world.time = True, world.time + 2 * 60

    with pytest.raises(JobError, match=r"^Somebody else moved app:live meanwhile; try once more$"):
        world.resume("linear:30:2", token)


def test_an_alias_that_cannot_be_put_back_is_told(world: World) -> None:
    token = world.begin("canary:10:5").token
    world.loud, world.stuck = ["The alarm slow is in ALARM"], True

    with pytest.raises(JobError, match="slow is in ALARM; app:live could not be put back to version 6: Somebody else"):
        world.resume("canary:10:5", token)


@pytest.mark.parametrize("route", [Route("8"), Route("6"), Route("6", {"8": 0.1}), share(0.9)])
def test_an_alias_that_somebody_else_moved_is_not_touched(world: World, route: Route) -> None:
    token = world.begin("linear:10:1").token
    world.route, world.loud = route, ["The alarm slow is in ALARM"]
    world.time += 5 * 60

    with pytest.raises(JobError, match=r"Somebody else moved app:live meanwhile; try once more$"):
        world.resume("linear:10:1", token)

    assert world.route == route


def test_a_job_that_comes_twice_finds_the_step_taken_and_answers_the_same(world: World) -> None:
    token = world.begin("linear:30:2").token
    world.time += 2 * 60

    first, second = world.resume("linear:30:2", token), world.resume("linear:30:2", token)

    assert first == second
    assert world.route == share(0.6)


@pytest.mark.parametrize("token", ["", "{}", "[]", '{"version": "7"}', "nonsense"])
def test_a_token_of_somebody_else_is_refused(world: World, token: str) -> None:
    with pytest.raises(Misconfigured, match="  - the continuation token is no shift's; release the change again"):
        world.resume("canary:10:5", token)


def test_a_token_carries_all_that_a_shift_is() -> None:
    began = Shift("7", "6", 2, START + 60.5, START, 4, 1)

    assert Shift.from_token(began.token()) == began
    assert Shift.from_token(replace(began, step=3).token()) != began


def test_a_shift_that_vanished_from_the_parameters_is_told(world: World) -> None:
    token = world.begin("canary:10:5").token
    order = Order({"function": "app", "alias": "live"}, ARTIFACT, float("inf"))

    with pytest.raises(Misconfigured, match="  - shift is gone from the parameters; release the change again"):
        shift.resume(order, token)
