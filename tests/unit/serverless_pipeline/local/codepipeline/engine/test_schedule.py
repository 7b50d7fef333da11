"""The real time: clock, threads and timers by name."""

from __future__ import annotations

import queue
import threading
import time

from serverless_pipeline.local.codepipeline.engine.schedule import Schedule


def test_now_is_in_seconds_since_1970() -> None:
    before = time.time()

    now = Schedule().now()

    assert before <= now <= time.time()


def test_what_is_spawned_runs_beside_on_a_thread_that_does_not_hold_the_process_up() -> None:
    threads: queue.Queue[threading.Thread] = queue.Queue()

    Schedule().spawn("beside", lambda: threads.put(threading.current_thread()))

    thread = threads.get(timeout=10)
    assert (thread.name, thread.daemon) == ("beside", True)
    assert thread is not threading.current_thread()


def test_a_timer_fires_when_its_time_is_over() -> None:
    threads: queue.Queue[threading.Thread] = queue.Queue()

    Schedule().arm("a", 0, lambda: threads.put(threading.current_thread()))

    assert threads.get(timeout=10).daemon is True


def test_a_timer_whose_time_is_over_already_fires_at_once() -> None:
    schedule = Schedule()

    schedule.arm("a", -5, lambda: None)

    assert not schedule._timers or schedule._timers["a"].interval == 0


def test_a_timer_waits_for_its_time() -> None:
    schedule = Schedule()

    schedule.arm("a", 3600, lambda: None)

    assert schedule._timers["a"].interval == 3600
    schedule.disarm("a")


def test_a_timer_that_is_armed_anew_fires_once_for_the_newer() -> None:
    schedule = Schedule()
    fired: queue.Queue[str] = queue.Queue()

    schedule.arm("a", 3600, lambda: fired.put("older"))
    older = schedule._timers["a"]
    schedule.arm("a", 0, lambda: fired.put("newer"))

    assert fired.get(timeout=10) == "newer"
    assert fired.empty()
    assert older.finished.is_set()


def test_a_timer_that_comes_too_late_to_be_cancelled_does_nothing() -> None:
    schedule = Schedule()
    fired: list[str] = []
    schedule.arm("a", 3600, lambda: None)
    older = schedule._timers["a"]
    schedule.arm("a", 3600, lambda: None)
    newer = schedule._timers["a"]

    schedule._fire("a", older, lambda: fired.append("older"))

    assert (fired, schedule._timers) == ([], {"a": newer})
    schedule.disarm("a")


def test_a_timer_that_fired_leaves_nothing_behind_and_may_arm_its_name_anew() -> None:
    schedule = Schedule()
    schedule.arm("a", 3600, lambda: None)
    timer = schedule._timers["a"]

    schedule._fire("a", timer, lambda: schedule.arm("a", 7200, lambda: None))

    assert schedule._timers["a"].interval == 7200
    schedule.disarm("a")
    timer.cancel()


def test_a_disarmed_timer_leaves_nothing_behind() -> None:
    schedule = Schedule()
    schedule.arm("a", 3600, lambda: None)
    timer = schedule._timers["a"]

    schedule.disarm("a")
    schedule.disarm("a")

    assert schedule._timers == {}
    assert timer.finished.is_set()
