from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import pool
from serverless_pipeline.local.functions.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("empty_ministack")

PLACE = Place(Path("/scratch"), "http://127.0.0.1:4600")
MOST = 2


class Environment:
    """An execution environment that starts no process; `during` is what happens while it runs an invocation."""

    def __init__(self, name: str, config: dict[str, Any], code: bytes, place: Place) -> None:
        self.arguments = (name, config, code, place)
        self.in_use, self.retired, self.alive, self.last_used = False, False, False, 0.0
        self.ends, self.rests = 0, 0
        self.during: Callable[[], None] = lambda: None

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:
        self.during()
        return {"body": [event, request_id, self.in_use, self.ends]}

    def rest(self) -> None:
        self.rests += 1
        self.alive = False

    def end(self) -> None:
        self.ends += 1


class Workers:
    """MiniStack's pool of workers, with one environment in it."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.calls: list[Any] = []

    def acquire(self, *which: Any, **more: Any) -> tuple[Environment, str]:
        self.calls.append((which, more))
        self.environment.in_use = True
        return self.environment, "reused"

    def release(self, environment: Environment) -> None:
        assert environment is self.environment
        environment.in_use = False


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pool, "ExecutionEnvironment", Environment)
    yield
    pool._environments.clear()


@pytest.fixture
def workers() -> Workers:
    pool.install(PLACE, MOST)
    workers = Workers(make())
    seams.ENSURE_REAPER_THREAD.replace(lambda: workers.calls.append("reaper"))
    seams.ACQUIRE_WORKER.replace(workers.acquire)
    seams.RELEASE_WORKER.replace(workers.release)
    return workers


def make(name: str = "shop") -> Environment:
    environment: Environment = seams.WORKER_CLASS_FOR({"Runtime": "any"})(name, {"a": 1}, b"zip")
    return environment


FUNCTION = {"config": {"FunctionName": "shop", "Version": "7"}, "code_zip": b"zip"}


def test_a_worker_of_ministacks_is_an_environment_of_ours(workers: Workers) -> None:
    assert workers.environment.arguments == ("shop", {"a": 1}, b"zip", PLACE)


@pytest.mark.parametrize("execute", [seams.EXECUTE_FUNCTION_WARM, seams.EXECUTE_PROVIDED_WARM])
def test_an_invocation_runs_on_an_environment_of_its_version(workers: Workers, execute: seams.Seam) -> None:
    result = execute(FUNCTION, {"word": 1}, "id")

    assert result == {"body": [{"word": 1}, "id", True, 0]}
    assert workers.calls == ["reaper", (("shop", FUNCTION["config"], b"zip"), {"qualifier": "7"})]
    assert not workers.environment.in_use
    assert workers.environment.ends == 0


def test_a_function_may_be_its_own_configuration_and_have_no_code(workers: Workers) -> None:
    function = {"FunctionName": "shop"}

    pool.execute(function, None, "id", most=MOST)

    assert workers.calls[1] == (("shop", function, b""), {"qualifier": "$LATEST"})


def test_an_environment_that_fails_is_released_all_the_same(workers: Workers) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    workers.environment.during = fail

    with pytest.raises(ZeroDivisionError):
        pool.execute(FUNCTION, None, "id", most=MOST)

    assert not workers.environment.in_use


def test_a_free_environment_is_ended_at_once(workers: Workers) -> None:
    seams.KILL_WORKERS([workers.environment])

    assert workers.environment.ends == 1


def test_one_that_runs_an_invocation_is_ended_after_it(workers: Workers) -> None:
    workers.environment.during = lambda: pool.retire([workers.environment])  # type: ignore[list-item]

    result = pool.execute(FUNCTION, None, "id", most=MOST)

    assert result["body"][3] == 0
    assert workers.environment.ends == 1


def test_environments_may_come_from_anything_that_can_be_iterated(workers: Workers) -> None:
    seams.KILL_WORKERS(iter([workers.environment, make()]))

    assert workers.environment.ends == 1


def test_in_the_end_all_are_ended_whatever_they_do(workers: Workers) -> None:
    workers.environment.in_use = True
    other = make("other")

    pool.end_all()
    pool.end_all()

    assert (workers.environment.ends, other.ends) == (1, 1)


def test_one_that_was_ended_is_not_ended_again(workers: Workers) -> None:
    pool.retire([workers.environment])  # type: ignore[list-item]

    pool.end_all()

    assert workers.environment.ends == 1


def others(*states: tuple[bool, bool, float]) -> list[Environment]:
    """Environments of other functions: whether each has a process, whether it is in use, and when it was used."""
    made = []
    for number, (alive, in_use, last_used) in enumerate(states):
        environment = make(str(number))
        environment.alive, environment.in_use, environment.last_used = alive, in_use, last_used
        made.append(environment)
    return made


@pytest.mark.parametrize("order", list(itertools.permutations([1.0, 2.0, 3.0])))
def test_what_rests_makes_room_the_longest_unused_first(workers: Workers, order: tuple[float, ...]) -> None:
    resting = others(*((True, False, last_used) for last_used in order))

    pool.execute(FUNCTION, None, "id", most=2)

    assert {one.last_used: one.rests for one in resting} == {1.0: 1, 2.0: 1, 3.0: 0}
    assert workers.environment.rests == 0


def test_as_long_as_there_is_room_nothing_is_ended(workers: Workers) -> None:
    resting = others((True, False, 1.0), (True, False, 2.0), (False, False, 0.0))

    pool.execute(FUNCTION, None, "id", most=3)

    assert [one.rests for one in resting] == [0, 0, 0]
    assert not workers.environment.in_use


def test_an_environment_that_has_a_process_needs_no_room(workers: Workers) -> None:
    workers.environment.alive = True
    (resting,) = others((True, False, 1.0))

    pool.execute(FUNCTION, None, "id", most=1)

    assert (resting.rests, workers.environment.rests) == (0, 0)


def test_what_runs_counts_and_is_not_ended_for_another(workers: Workers) -> None:
    running, resting = others((True, True, 1.0), (True, False, 2.0))

    pool.execute(FUNCTION, None, "id", most=2)

    assert (running.rests, resting.rests, workers.environment.rests) == (0, 1, 0)


def test_what_has_no_process_takes_no_room(workers: Workers) -> None:
    resting, ended = others((True, False, 2.0), (False, False, 1.0))

    pool.execute(FUNCTION, None, "id", most=1)

    assert (resting.rests, ended.rests, workers.environment.rests) == (1, 0, 0)


def test_how_many_there_may_be_is_what_was_installed(workers: Workers) -> None:
    resting = others((True, False, 1.0), (True, False, 2.0))

    seams.EXECUTE_FUNCTION_WARM(FUNCTION, None, "id")

    assert [one.rests for one in resting] == [1, 0]
    assert not workers.environment.in_use
