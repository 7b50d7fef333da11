"""Timers by name."""

from __future__ import annotations

import threading

from serverless_pipeline.local.codepipeline.engine.timers import Timers


def test_a_timer_fires_when_its_time_is_over() -> None:
    fired = threading.Event()

    Timers().arm("a", 0, fired.set)

    assert fired.wait(10)


def test_a_timer_that_is_armed_anew_fires_once_for_the_newer() -> None:
    timers, fired = Timers(), []
    over = threading.Event()

    timers.arm("a", 3600, lambda: fired.append("older"))
    timers.arm("a", 0, lambda: (fired.append("newer"), over.set()))

    assert over.wait(10)
    assert fired == ["newer"]


def test_a_disarmed_timer_leaves_nothing_behind() -> None:
    timers = Timers()
    timers.arm("a", 3600, lambda: None)

    timers.disarm("a")
    timers.disarm("a")

    assert timers._armed == {}
