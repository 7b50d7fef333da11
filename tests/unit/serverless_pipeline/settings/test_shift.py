from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any

import pytest

from serverless_pipeline.settings import InvalidSettings, Shift


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("canary:10:5", Shift("canary", 10, Decimal(5))),
        ("linear:1:0.5", Shift("linear", 1, Decimal("0.5"))),
        ("linear:99:1440", Shift("linear", 99, Decimal(1440))),
        ("canary:50:0.0000001", Shift("canary", 50, Decimal("0.0000001"))),
        ("canary:10:100000000000000000000000000000.5", Shift("canary", 10, Decimal("1" + "0" * 29 + ".5"))),
    ],
)
def test_a_shift_is_written_as_it_is_read(text: str, shift: Shift) -> None:
    assert Shift.read(text) == shift
    assert str(shift) == text


@pytest.mark.parametrize(
    "text",
    ["", "canary", "canary:10", "canary:10:", "blue:10:5", "canary:ten:5", "canary:-1:5", "canary:10:5:", "x:1:1"],
)
def test_another_form_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be canary or linear:PERCENT:MINUTES, such as canary:10:5") as caught:
        Shift.read(text)

    assert caught.value.args[0].startswith(f"{text!r} ")


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("canary:0:5", ("shift: 0 must be 1 to 99 percent",)),
        ("canary:100:5", ("shift: 100 must be 1 to 99 percent",)),
        ("linear:10:0", ("shift: 0 must be more than 0 minutes",)),
        ("linear:10:0.0", ("shift: 0.0 must be more than 0 minutes",)),
        ("linear:0:0", ("shift: 0 must be 1 to 99 percent", "shift: 0 must be more than 0 minutes")),
    ],
)
def test_a_shift_without_sense_is_told(text: str, mistakes: tuple[str, ...]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Shift.read(text)

    assert caught.value.mistakes == mistakes


def test_a_shift_cannot_be_made_without_sense_either() -> None:
    kind: Any = "blue"

    with pytest.raises(InvalidSettings) as caught:
        Shift(kind, 10, Decimal("NaN"))

    assert caught.value.mistakes == (
        "shift: 'blue' must be one of canary, linear",
        "shift: NaN must be more than 0 minutes",
    )


def test_a_shift_stays_as_it_was_made() -> None:
    shift: Any = Shift("canary", 10, Decimal(5))

    with pytest.raises(FrozenInstanceError):
        shift.percent = 0
