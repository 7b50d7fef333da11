from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

from tests.support.lambdas import archived

if TYPE_CHECKING:
    from collections.abc import Callable


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
