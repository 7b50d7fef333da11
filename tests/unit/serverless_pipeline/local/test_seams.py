"""What this product reaches for in MiniStack is there, and nothing but the seams reaches for it."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from importlib import import_module, metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import ministack
import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.seams import Seam
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SEAMS = seams.seams()
PACKAGE = ROOT / "serverless_pipeline"
SOURCES = {path: path.read_text() for path in PACKAGE.rglob("*.py")}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Two modules of a MiniStack: the second copied a name of the first."""
    first, second = SimpleNamespace(number=1), SimpleNamespace(number=1)
    modules = {"first": first, "second": second}
    monkeypatch.setattr(seams, "_module", modules.__getitem__)
    return SimpleNamespace(**modules)


def test_the_installed_ministack_is_the_one_whose_names_were_read() -> None:
    assert metadata.version("ministack") == seams.VERSION


def test_every_list_of_requirements_pins_that_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = [*project["optional-dependencies"]["local"], *(ROOT / "requirements.txt").read_text().splitlines()]

    pins = [line.split("#")[0].strip() for line in listed if line.startswith("ministack")]

    assert pins == [f"ministack=={seams.VERSION}"] * 2


@pytest.mark.parametrize("seam", SEAMS.values(), ids=SEAMS.keys())
def test_ministack_has_what_is_reached_for(seam: Seam) -> None:
    for module in (seam.module, *seam.copies):
        assert hasattr(import_module(f"ministack.{module}"), seam.name), f"ministack.{module}.{seam.name} is gone"


@pytest.mark.parametrize("seam", SEAMS.values(), ids=SEAMS.keys())
def test_each_seam_says_why(seam: Seam) -> None:
    assert seam.why


def test_the_seams_stand_in_the_order_of_ministacks_modules() -> None:
    modules = [seam.module for seam in SEAMS.values()]

    assert modules == sorted(modules)


def test_no_name_is_reached_for_twice() -> None:
    names = [(seam.module, seam.name) for seam in SEAMS.values()]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", SEAMS)
def test_each_seam_is_used(name: str) -> None:
    assert any(f"seams.{name}" in source for source in SOURCES.values())


def test_the_copies_of_what_is_replaced_are_replaced_too() -> None:
    """A module that copied a name when it was imported goes on with MiniStack's own, unless it is listed."""
    replaced = {name for source in SOURCES.values() for name in re.findall(r"seams\.(\w+)\.(?:replace|wrap)\(", source)}
    copies = defaultdict(set)
    for module, name, copy in imports_at_start():
        copies[module, name].add(copy)

    unlisted = {
        name: copies[SEAMS[name].module, SEAMS[name].name] ^ set(SEAMS[name].copies) for name in sorted(replaced)
    }

    assert unlisted == {name: set() for name in sorted(replaced)}


def imports_at_start() -> Iterator[tuple[str, str, str]]:
    """Each name that a module of MiniStack's takes from another when it is imported: from where, what, and to where."""
    package = Path(ministack.__file__).parent
    for path in package.rglob("*.py"):
        folder = ".".join(path.relative_to(package).parent.parts)
        copy = ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        for place, names in re.findall(
            r"^from (ministack\.[\w.]+|\.\w+) import (\([^)]*\)|.*)", path.read_text(), flags=re.MULTILINE
        ):
            module = place.removeprefix("ministack.") if place.startswith("ministack") else f"{folder}{place}"
            yield from ((module, name, copy) for name in re.findall(r"\w+", names))


def test_nothing_else_imports_ministack() -> None:
    reaching = [
        path.relative_to(PACKAGE).as_posix()
        for path, source in SOURCES.items()
        if re.search(r"^\s*(from|import)\s+ministack\b", source, flags=re.MULTILINE)
    ]

    assert sorted(reaching) == []


def test_a_seam_is_read_where_it_stands(service: SimpleNamespace) -> None:
    service.first.number = 7

    assert Seam("first", "number", "a test").value == 7


def test_a_seam_can_be_called(service: SimpleNamespace) -> None:
    service.first.number = lambda *words, **more: (words, more)

    assert Seam("first", "number", "a test")(1, two=2) == ((1,), {"two": 2})


def test_what_is_replaced_is_replaced_in_the_copies_too(service: SimpleNamespace) -> None:
    Seam("first", "number", "a test", copies=("second",)).replace(2)

    assert (service.first.number, service.second.number) == (2, 2)


def test_without_copies_only_the_module_itself_is_touched(service: SimpleNamespace) -> None:
    Seam("first", "number", "a test").replace(2)

    assert (service.first.number, service.second.number) == (2, 1)


def test_a_wrapper_gets_what_stood_there(service: SimpleNamespace) -> None:
    Seam("first", "number", "a test", copies=("second",)).wrap(lambda number: number + 10)

    assert (service.first.number, service.second.number) == (11, 11)
