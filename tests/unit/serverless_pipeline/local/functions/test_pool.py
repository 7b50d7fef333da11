from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import pool
from serverless_pipeline.local.functions.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("empty_ministack")

PLACE = Place(Path("/python"), Path("/scratch"), "http://127.0.0.1:4600")


class Environment:
    """An execution environment that starts no process; `during` is what happens while it runs an invocation."""

    def __init__(self, name: str, config: dict[str, Any], code: bytes, place: Place) -> None:
        self.arguments = (name, config, code, place)
        self.in_use, self.retired = False, False
        self.ends = 0
        self.during: Callable[[], None] = lambda: None

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:
        self.during()
        return {"body": [event, request_id, self.in_use, self.ends]}

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
    pool.install(PLACE.python, PLACE.scratch, PLACE.url)
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


def test_an_invocation_runs_on_an_environment_of_its_version(workers: Workers) -> None:
    result = seams.EXECUTE_FUNCTION_WARM(FUNCTION, {"word": 1}, "id")

    assert result == {"body": [{"word": 1}, "id", True, 0]}
    assert workers.calls == ["reaper", (("shop", FUNCTION["config"], b"zip"), {"qualifier": "7"})]
    assert not workers.environment.in_use
    assert workers.environment.ends == 0


def test_a_function_may_be_its_own_configuration_and_have_no_code(workers: Workers) -> None:
    function = {"FunctionName": "shop"}

    pool.execute(function, None, "id")

    assert workers.calls[1] == (("shop", function, b""), {"qualifier": "$LATEST"})


def test_an_environment_that_fails_is_released_all_the_same(workers: Workers) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    workers.environment.during = fail

    with pytest.raises(ZeroDivisionError):
        pool.execute(FUNCTION, None, "id")

    assert not workers.environment.in_use


def test_a_free_environment_is_ended_at_once(workers: Workers) -> None:
    seams.KILL_WORKERS([workers.environment])

    assert workers.environment.ends == 1


def test_one_that_runs_an_invocation_is_ended_after_it(workers: Workers) -> None:
    workers.environment.during = lambda: pool.retire([workers.environment])  # type: ignore[list-item]

    result = pool.execute(FUNCTION, None, "id")

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
