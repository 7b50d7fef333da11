from dataclasses import FrozenInstanceError

import pytest
from colors import COLORS, NAMES


def test_the_chart_keeps_the_colours_its_clients_know() -> None:
    assert [(color.label, color.color, color.highlight) for color in COLORS] == [
        ("DarkBlue", "#000066", "#6F6F6F"),
        ("Red", "#CC0000", "#C9DF6E"),
        ("Yellow", "#FF9900", "#FFB75E"),
    ]


def test_a_request_names_a_colour_in_small_letters() -> None:
    assert NAMES == ("darkblue", "red", "yellow")


def test_nobody_repaints_a_colour() -> None:
    with pytest.raises(FrozenInstanceError):
        COLORS[0].color = "#FFFFFF"  # type: ignore[misc]
