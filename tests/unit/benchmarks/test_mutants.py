from __future__ import annotations

import threading
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutants import Copy, Mutant
from benchmarks.mutations import mutations
from tests.support import checkout, mirror

ONE, TWO = Path("library/one.py"), Path("library/inner/two.py")
SOURCE = "a = 1\nb = 2\nc = d == 3\n"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two modules, one of which has tests of its own, and a third without."""
    for module in (ONE, TWO, Path("library/untested.py")):
        (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).write_text(SOURCE)
    for module in (ONE, TWO):
        tests = tmp_path / mirror.tests_of(module)
        tests.parent.mkdir(parents=True, exist_ok=True)
        tests.write_text("")
    monkeypatch.setattr(mirror, "modules", lambda: [TWO, ONE, Path("library/untested.py")])
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("only", "expected"),
    [("", [TWO, ONE]), ("library", [TWO, ONE]), ("library/inner", [TWO]), ("library/one.py", [ONE]), ("other", [])],
)
def test_modules_are_those_below_a_place_that_have_tests_of_their_own(only: str, expected: list[Path]) -> None:
    assert mutants.modules(only) == expected


@pytest.mark.usefixtures("library")
def test_the_same_seed_chooses_the_same_mutants_and_another_seed_others() -> None:
    first, again, other = (mutants.choose([ONE, TWO], 3, seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert len({(mutant.module, mutant.mutation.line) for mutant in first}) == 3


@pytest.mark.usefixtures("library")
def test_there_are_no_more_mutants_than_lines_and_they_come_in_the_order_of_the_code() -> None:
    chosen = mutants.choose([ONE, TWO], 100, 1)

    assert [(one.module, one.mutation.line) for one in chosen] == [
        (path, line) for path in (TWO, ONE) for line in (1, 2, 3)
    ]


def test_a_mutant_says_its_place_its_kind_and_its_change() -> None:
    mutant = Mutant(ONE, mutations(SOURCE)[0])

    assert str(mutant) == "library/one.py:1  number  1  ->  2"


class Suite(Copy):
    """A copy whose tests notice every fault but one in line 2."""

    def passes(self, tests: Path, timeout: float | None = None) -> bool:
        assert timeout == {mirror.tests_of(ONE): 5.0, mirror.tests_of(TWO): 6.0}[tests]
        source = (
            self.folder / "library" / tests.relative_to("tests/unit/library").with_name(tests.name[5:])
        ).read_text()
        return "b = 3" in source


def copy_of(library: Path, folder: Path) -> Suite:
    for module in (ONE, TWO):
        (folder / module).parent.mkdir(parents=True, exist_ok=True)
        (folder / module).write_text((library / module).read_text())
    return Suite(folder)


def test_each_mutant_is_judged_in_a_copy_that_is_whole_again_afterwards(library: Path, tmp_path: Path) -> None:
    copies = [copy_of(library, tmp_path / name) for name in ("first", "second")]
    chosen = mutants.choose([ONE, TWO], 100, 1)

    verdicts = list(mutants.judge(copies, chosen, {ONE: 5.0, TWO: 6.0}))

    assert verdicts == [(mutant, mutant.mutation.line != 2) for mutant in chosen]
    assert {(copy.folder / module).read_text() for copy in copies for module in (ONE, TWO)} == {SOURCE}


def test_as_many_are_judged_at_once_as_there_are_copies(library: Path, tmp_path: Path) -> None:
    together = threading.Barrier(2, timeout=60)

    class Meeting(Suite):
        def passes(self, tests: Path, timeout: float | None = None) -> bool:
            together.wait()
            return super().passes(tests, timeout)

    copies = [Meeting(copy_of(library, tmp_path / name).folder) for name in ("first", "second")]

    assert len(list(mutants.judge(copies, mutants.choose([ONE], 2, 1), {ONE: 5.0}))) == 2


def test_python_never_takes_the_bytecode_of_one_mutant_for_another(tmp_path: Path) -> None:
    copy = Copy(tmp_path)

    stamps = []
    for source in ("a = 1\n", "a = 2\n", "a = 3\n"):
        copy.write(Path("one.py"), source)
        stamps.append(int((tmp_path / "one.py").stat().st_mtime))

    assert len(set(stamps)) == 3
    assert (tmp_path / "one.py").read_text() == "a = 3\n"


def test_tests_that_fail_without_a_fault_prove_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Copy, "passes", lambda *_: False)

    with pytest.raises(SystemExit, match=r"tests/unit/library/test_one.py fails without any fault"):
        mutants.measure(Copy(tmp_path), [Mutant(ONE, mutations(SOURCE)[0])])


def test_tests_hang_when_they_take_ten_times_as_long_and_half_a_minute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = iter([100.0, 102.0])
    monkeypatch.setattr("benchmarks.mutants.time.monotonic", lambda: next(clock))
    monkeypatch.setattr(Copy, "passes", lambda *_: True)
    mutant = Mutant(ONE, mutations(SOURCE)[0])

    assert mutants.measure(Copy(tmp_path), [mutant, mutant]) == {ONE: 50.0}


@pytest.mark.usefixtures("library")
def test_each_mutant_is_told_and_their_share(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mutants", "--count", "3", "--seed", "7", "--only", "library/one.py"])
    monkeypatch.setattr(checkout, "copy", lambda folder: folder)
    monkeypatch.setattr(mutants, "measure", lambda *_: {ONE: 5.0})
    monkeypatch.setattr(mutants, "kills", lambda _copy, mutant, _timeout: mutant.mutation.line != 2)

    mutants.main()

    first, second, third, share = capsys.readouterr().out.splitlines()
    assert first == "Killed     library/one.py:1  number  1  ->  2"
    assert second == "Survived   library/one.py:2  number  2  ->  3"
    assert third.startswith("Killed     library/one.py:3  ")
    assert share == "Killed     2 of 3, 67 %, seed 7"
