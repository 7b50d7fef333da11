from __future__ import annotations

import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import directory
from lambdas.delivery import readable
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def zip_file(tmp_path: Path) -> Path:
    return tmp_path / "lambda.zip"


def write(path: Path, *entries: tuple[str, int], system: int = 3) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr, entry.create_system = mode << 16, system
            archive.writestr(entry, "")


def test_what_everybody_may_read_is_taken(zip_file: Path) -> None:
    write(zip_file, ("a.py", stat.S_IFREG | 0o644), ("b", 0o755), ("c/", stat.S_IFDIR | 0o755))

    readable.demand(zip_file, "DistLambdaOutput")


def test_what_its_owner_alone_may_read_is_refused_with_the_remedy(zip_file: Path) -> None:
    with zipfile.ZipFile(zip_file, "w") as archive:
        archive.writestr("index.py", "")

    with pytest.raises(JobError) as caught:
        readable.demand(zip_file, "DistLambdaOutput")

    assert str(caught.value) == (
        "Lambda could not read index.py (0600) of DistLambdaOutput: its permissions let nobody in but its owner; "
        "give it 0644 (ZipInfo.external_attr = 0o644 << 16), or name a folder, which is packed so"
    )


def test_a_folder_must_let_others_through_and_the_first_few_are_named(zip_file: Path) -> None:
    write(zip_file, ("a/", 0o744), ("b/", 0o705), *((f"{number}.py", 0o640) for number in range(4)))

    with pytest.raises(JobError, match=r"read a/ \(0744\), 0\.py \(0640\), 1\.py \(0640\) and 2 more of A:"):
        readable.demand(zip_file, "A")


def test_permissions_of_a_system_that_has_none_say_nothing(zip_file: Path) -> None:
    write(zip_file, ("index.py", 0o600), system=0)

    readable.demand(zip_file, "A")


def test_what_is_no_zip_is_left_to_lambda(zip_file: Path) -> None:
    zip_file.write_text("no zip")

    readable.demand(zip_file, "A")


def test_a_damaged_zip_is_refused_by_name(zip_file: Path) -> None:
    write(zip_file, ("index.py", 0o644))
    content = bytearray(zip_file.read_bytes())
    content[content.index(b"PK\x01\x02")] = 0
    zip_file.write_bytes(content)

    with pytest.raises(JobError, match=r"The zip of A cannot be read: "):
        readable.demand(zip_file, "A")


def test_a_directory_too_large_to_read_is_refused_by_name(zip_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "MOST_ENTRIES", 1)
    write(zip_file, ("one.py", 0o644), ("two.py", 0o644))

    with pytest.raises(JobError, match=r"The zip of A cannot be read: "):
        readable.demand(zip_file, "A")
