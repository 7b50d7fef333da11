"""What this product reaches for in MiniStack is there, and nothing but the seams reaches for it."""

from __future__ import annotations

import ast
from importlib import import_module, metadata
from types import SimpleNamespace

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.seams import Seam
from tests.support import ROOT

SEAMS = seams.seams()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Two modules of a MiniStack: the second copied a name of the first."""
    first, second = SimpleNamespace(number=1), SimpleNamespace(number=1)
    modules = {"first": first, "second": second}
    monkeypatch.setattr(seams, "_module", modules.__getitem__)
    return SimpleNamespace(**modules)


def test_the_pinned_ministack_is_the_one_whose_names_were_read() -> None:
    assert metadata.version("ministack") == seams.VERSION


@pytest.mark.parametrize("seam", SEAMS.values(), ids=SEAMS.keys())
def test_ministack_has_what_is_reached_for(seam: Seam) -> None:
    for module in (seam.module, *seam.copies):
        assert hasattr(import_module(f"ministack.{module}"), seam.name), f"ministack.{module}.{seam.name} is gone"


@pytest.mark.parametrize("seam", SEAMS.values(), ids=SEAMS.keys())
def test_each_seam_says_why(seam: Seam) -> None:
    assert seam.why


def test_nothing_else_imports_ministack() -> None:
    package = ROOT / "serverless_pipeline"
    reaching = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ministack")
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "ministack" for name in node.names))
    ]

    assert sorted(set(reaching)) == []


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
