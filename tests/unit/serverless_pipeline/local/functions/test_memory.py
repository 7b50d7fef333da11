from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from serverless_pipeline.local import processes
from serverless_pipeline.local.functions import memory
from serverless_pipeline.local.functions.memory import MEGABYTE, Meter
from serverless_pipeline.patience import Patience

PID, SECONDS = 7, 10


@dataclass
class Machine:
    """The processes of a sandbox by their generations, and the megabytes that each holds."""

    generations: list[list[int]] = field(default_factory=lambda: [[PID]])
    resident: dict[int, int] = field(default_factory=dict)
    proportional: dict[int, int] = field(default_factory=dict)
    highest: dict[int, int] = field(default_factory=dict)
    asked_for_shares: list[int] = field(default_factory=list)
    looks: int = 0

    def descending(self, pid: int, *, skipped: int) -> list[int]:
        assert pid == PID
        self.looks += 1
        return [one for generation in self.generations[skipped:] for one in generation]

    def shares(self, pid: int) -> int:
        self.asked_for_shares.append(pid)
        return self.proportional[pid] * MEGABYTE


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(processes, "generations", machine.descending)
    monkeypatch.setattr(processes, "resident", lambda pid: machine.resident.get(pid, 0) * MEGABYTE)
    monkeypatch.setattr(processes, "proportional", machine.shares)
    monkeypatch.setattr(processes, "highest", lambda pid: machine.highest.get(pid, 0) * MEGABYTE)
    return machine


@pytest.fixture
def exceeded() -> list[str]:
    """A word for each time that it was told to end what takes too much."""
    return []


@pytest.fixture
def meter(machine: Machine, exceeded: list[str]) -> Meter:
    assert machine.looks == 0
    return Meter(PID, 128, lambda: exceeded.append("exceeded"), hidden=0)


def test_before_a_look_nothing_was_held(meter: Meter, machine: Machine) -> None:
    assert (meter.peak, machine.looks) == (0, 0)


def test_what_all_processes_hold_is_counted_together(meter: Meter, machine: Machine, exceeded: list[str]) -> None:
    machine.generations = [[PID], [8, 9]]
    machine.resident = {PID: 30, 8: 20, 9: 10}

    meter.look()

    assert (meter.peak, exceeded) == (60, [])


def test_the_peak_is_the_most_that_was_seen(meter: Meter, machine: Machine) -> None:
    for megabytes in (20, 60, 40):
        machine.resident = {PID: megabytes}
        meter.look()

    assert meter.peak == 60


def test_what_the_first_process_held_between_two_looks_counts(meter: Meter, machine: Machine) -> None:
    machine.generations = [[PID], [8]]
    machine.resident, machine.highest = {PID: 20, 8: 5}, {PID: 90, 8: 110}

    meter.look()

    assert meter.peak == 90


def test_what_was_held_between_two_looks_ends_nothing(meter: Meter, machine: Machine, exceeded: list[str]) -> None:
    machine.resident, machine.highest = {PID: 20}, {PID: 200}

    meter.look()

    assert (meter.peak, exceeded) == (128, [])


def test_the_sandboxs_own_processes_do_not_count(machine: Machine, exceeded: list[str]) -> None:
    machine.generations = [[PID], [8], [9], [10]]
    machine.resident, machine.highest = {PID: 300, 8: 300, 9: 20, 10: 5}, {PID: 300, 8: 300, 9: 40}
    meter = Meter(PID, 128, lambda: exceeded.append("exceeded"), hidden=2)

    meter.look()

    assert (meter.peak, exceeded) == (40, [])


def test_of_what_has_ended_nothing_is_held(meter: Meter, machine: Machine, exceeded: list[str]) -> None:
    machine.generations = []

    meter.look()

    assert (meter.peak, exceeded) == (0, [])


@pytest.mark.parametrize(("megabytes", "times"), [(128, 0), (129, 1)])
def test_what_takes_more_than_the_function_has_is_ended(
    meter: Meter, machine: Machine, exceeded: list[str], megabytes: int, times: int
) -> None:
    machine.resident = machine.proportional = {PID: megabytes}

    meter.look()

    assert (meter.peak, len(exceeded)) == (128, times)


def test_it_is_ended_once(meter: Meter, machine: Machine, exceeded: list[str]) -> None:
    machine.resident = machine.proportional = {PID: 200}

    meter.look()
    meter.look()

    assert exceeded == ["exceeded"]


def test_the_peak_of_what_is_ended_is_there_before_the_end(machine: Machine) -> None:
    peaks: list[int] = []
    machine.resident = machine.proportional = {PID: 200}
    greedy = Meter(PID, 128, lambda: peaks.append(greedy.peak), hidden=0)

    greedy.look()

    assert peaks == [128]


def test_memory_that_processes_share_counts_once(meter: Meter, machine: Machine, exceeded: list[str]) -> None:
    machine.generations = [[PID], [8]]
    machine.resident, machine.proportional = {PID: 80, 8: 80}, {PID: 50, 8: 50}

    meter.look()

    assert (meter.peak, exceeded) == (100, [])


def test_shares_are_looked_at_only_where_it_matters(meter: Meter, machine: Machine) -> None:
    """The kernel takes long to say them."""
    machine.resident = {PID: 128}

    meter.look()

    assert machine.asked_for_shares == []


def test_while_it_is_used_it_looks_by_itself(meter: Meter, machine: Machine, exceeded: list[str]) -> None:
    with meter:
        Patience(timeout=SECONDS).until(lambda: machine.looks, lambda looks: looks >= 2)
        machine.resident = machine.proportional = {PID: 200}
        Patience(timeout=SECONDS).until(lambda: exceeded, bool)

    assert exceeded == ["exceeded"]


def test_in_the_end_it_looks_once_more(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_watch", memory._Watch())
    monkeypatch.setattr(memory._Watch, "_run", lambda _watch: None)

    with Meter(PID, 128, lambda: None, hidden=0) as meter:
        machine.resident = {PID: 20}
        before = machine.looks

    assert (before, machine.looks, meter.peak) == (0, 1, 20)


def test_one_thread_looks_at_all_that_are_used_and_ends_with_the_last(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_watch", memory._Watch())
    meters = [Meter(PID, 128, lambda: None, hidden=0) for _ in range(2)]

    with meters[0], meters[1]:
        thread = memory._watch._thread
        looking = [one for one in threading.enumerate() if one is thread]
        machine.resident = {PID: 20}
        Patience(timeout=SECONDS).until(lambda: [meter.peak for meter in meters], lambda peaks: peaks == [20, 20])
    assert thread
    thread.join(SECONDS)

    assert (len(looking), thread.daemon, thread.is_alive(), memory._watch._thread) == (1, True, False, None)


def test_one_that_is_used_after_all_others_ended_is_looked_at(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, meter: Meter
) -> None:
    monkeypatch.setattr(memory, "_watch", memory._Watch())
    with meter:
        first = memory._watch._thread
    assert first
    first.join(SECONDS)

    with meter:
        machine.resident = {PID: 20}
        Patience(timeout=SECONDS).until(lambda: meter.peak, lambda peak: peak == 20)


def test_a_process_that_cannot_be_looked_at_hides_no_other(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, meter: Meter
) -> None:
    hidden = Meter(8, 128, lambda: None, hidden=0)
    looks: list[int] = []

    def generations(pid: int, *, skipped: int) -> list[int]:
        if pid == PID:
            return machine.descending(pid, skipped=skipped)
        looks.append(pid)
        raise PermissionError

    monkeypatch.setattr(processes, "generations", generations)

    with hidden, meter:
        Patience(timeout=SECONDS).until(lambda: (len(looks), machine.looks), lambda seen: min(seen) >= 2)

    assert hidden.peak == 0


def test_it_looks_often_enough_to_end_a_function_in_time() -> None:
    assert memory.INTERVAL_SECONDS <= 0.1
