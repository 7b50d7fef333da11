from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest
from ministack.services.cloudformation import provisioners

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import inline_code, task_root

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "def handler(event, context):\n    return 'ü'\n"


def archive_of(*arguments: str) -> bytes | None:
    """As MiniStack makes it: its owner alone may read."""
    source, handler, *_ = arguments
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{handler.partition('.')[0]}.py", source)
        archive.writestr("second.txt", "text")
    return data.getvalue()


def members(archive: bytes | None) -> dict[str, tuple[bytes, int]]:
    """Content and mode by name."""
    with zipfile.ZipFile(io.BytesIO(archive or b"")) as read:
        return {member.filename: (read.read(member), member.external_attr >> 16) for member in read.infolist()}


def test_everybody_can_read_what_is_in_the_archive() -> None:
    archive = inline_code.readable(archive_of)(SOURCE, "index.handler", "python3.13")

    assert members(archive) == {
        "index.py": (SOURCE.encode(), stat.S_IFREG | 0o644),
        "second.txt": (b"text", stat.S_IFREG | 0o644),
    }


def test_its_code_can_be_read_where_it_is_laid_out(tmp_path: Path) -> None:
    archive = inline_code.readable(archive_of)(SOURCE, "app.handler")

    code = task_root.unpack(archive or b"", tmp_path)

    assert (code / "app.py").read_text() == SOURCE
    assert stat.S_IMODE((code / "app.py").stat().st_mode) & stat.S_IROTH


def test_the_archive_is_the_same_each_time() -> None:
    archive = archive_of(SOURCE, "index.handler")
    make = inline_code.readable(lambda *_: archive)

    assert make("source") == make("source")


def test_no_code_makes_no_archive() -> None:
    assert inline_code.readable(lambda *_: None)("", "index.handler", "python3.13") is None


@pytest.mark.usefixtures("empty_ministack")
def test_ministacks_own_maker_is_wrapped() -> None:
    asked: list[tuple[str, ...]] = []

    def make(*arguments: str) -> bytes | None:
        asked.append(arguments)
        return archive_of(*arguments)

    seams.ZIP_INLINE.replace(make)

    inline_code.install()

    assert members(seams.ZIP_INLINE("source", "index.handler", "nodejs24.x"))["index.py"][1] == stat.S_IFREG | 0o644
    assert asked == [("source", "index.handler", "nodejs24.x")]


def test_ministack_still_makes_one_that_its_owner_alone_can_read() -> None:
    archive = provisioners._zip_inline(SOURCE, "index.handler", "python3.13")

    assert members(archive) == {"index.py": (SOURCE.encode(), 0o600)}
    assert members(inline_code.readable(lambda *_: archive)()) == {"index.py": (SOURCE.encode(), stat.S_IFREG | 0o644)}
