from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def archived(*members: tuple[str, str, int]) -> bytes:
    """Members as name, content and Unix mode."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return data.getvalue()


def test_a_function_can_run_a_program_of_its_bundle(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    source = "import subprocess\ndef handler(e, c):\n    return subprocess.check_output(['./alias'], text=True)\n"
    name = make(
        archive=archived(
            ("index.py", source, stat.S_IFREG | 0o644),
            ("tool", "#!/bin/sh\necho ran\n", stat.S_IFREG | 0o755),
            ("alias", "tool", stat.S_IFLNK | 0o777),
        )
    )

    assert invoke(name) == "ran\n"
