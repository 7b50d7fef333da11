from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import figures
from benchmarks.figures import Figure

if TYPE_CHECKING:
    import pytest


def test_a_figure_is_the_medians_and_the_median_of_the_ratios_round_by_round() -> None:
    figure = figures.compare("pack", [(1.0, 2.0), (4.0, 4.0), (9.0, 3.0)], "cp -r", "≤ 2")

    assert figure == Figure("pack", 4.0, "cp -r", 3.0, 1.0, "≤ 2")


def test_a_row_shows_three_digits_and_leaves_out_what_there_is_no_peer_for() -> None:
    assert (
        Figure("pack", 0.12345, "cp -r", 12.0, 0.0102874, "≤ 2").row()
        == "| pack | 0.123 | cp -r | 12.0 | 0.0103 | ≤ 2 |"
    )
    assert Figure("memory", 512.4).row() == "| memory | 512 |  |  |  |  |"


def test_the_table_says_how_it_was_measured() -> None:
    head, line, row, empty, machine, _ratio = figures.table([Figure("pack", 1.0)], rounds=7).splitlines()

    assert (head.count("|"), line.count("|"), row.count("|"), empty) == (7, 7, 7, "")
    assert machine.startswith("Medians of 7 rounds, Python 3.")


def test_figures_for_programs_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    options = figures.parser("What it costs").parse_args(["--json"])

    figures.show([Figure("pack", 1.0)], options)

    [figure] = json.loads(capsys.readouterr().out)
    assert figure == {"what": "pack", "ours": 1.0, "peer": "", "theirs": None, "ratio": None, "goal": ""}


def test_a_benchmark_measures_five_rounds_unless_it_says_otherwise() -> None:
    assert figures.parser(None).parse_args([]).rounds == 5
    assert figures.parser(None, rounds=3).parse_args([]).rounds == 3
    assert figures.parser(None, rounds=3).parse_args(["--rounds", "2"]).rounds == 2
