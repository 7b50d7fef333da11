"""Every benchmark starts: its imports are there, and it explains itself."""

from __future__ import annotations

from importlib import import_module

import pytest

import benchmarks
from tests.support import ROOT

NAMES = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if "\ndef main(" in path.read_text())
PROGRAMS = sorted(path.stem for path in (ROOT / "benchmarks" / "programs").glob("[!_]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_starts_and_explains_itself(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(f"benchmarks.{name}")
    monkeypatch.setattr("sys.argv", [name, "--help"])

    with pytest.raises(SystemExit) as ended:
        module.main()

    assert ended.value.code == 0
    assert f"python -m benchmarks.{name} " in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_is_on_the_map(name: str) -> None:
    assert f"\n    {name} " in (benchmarks.__doc__ or "")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_a_benchmark_finds_what_it_imports(name: str) -> None:
    import_module(f"benchmarks.programs.{name}")
