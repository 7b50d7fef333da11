from __future__ import annotations

from pathlib import Path

from serverless_pipeline.local.functions.place import Place
from tests.support.frozen import changeable


def test_where_functions_run_does_not_change_while_they_do() -> None:
    place = Place(Path("python"), Path("scratch"), "http://aws")

    assert changeable(place) == []
    assert (place.python, place.scratch, place.url) == (Path("python"), Path("scratch"), "http://aws")
