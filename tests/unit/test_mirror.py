"""The unit tests mirror the tree: each module has a file of tests of its own, at the same place below `tests/unit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT, mirror

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("module", mirror.modules(), ids=str)
def test_a_module_has_tests_of_its_own(module: Path) -> None:
    tests = mirror.tests_of(module)

    assert (ROOT / tests).is_file(), f"{tests} is missing"
