from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init import tests
from tests.support.folder import TEST, fill


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (["tests/test_a.py"], "tests"),
        (["test/sub/a_test.py"], "test"),
        (["tests/unit/test_a.py", "tests/integration/test_b.py"], "tests/unit"),
        (["test_a.py"], "."),
        (["src/shop/test_a.py"], "."),
    ],
)
def test_tests_lie_where_pytest_finds_them(tmp_path: Path, files: list[str], place: str) -> None:
    fill(tmp_path, dict.fromkeys(files, TEST))

    assert tests.find(tmp_path) == PurePosixPath(place)


def test_where_pytest_finds_none_there_are_none(tmp_path: Path) -> None:
    fill(tmp_path, {"tests/a.spec.ts": "", "tests/helpers.py": TEST, "tests/test_a.py": "# none yet\n"})

    assert tests.find(tmp_path) is None
