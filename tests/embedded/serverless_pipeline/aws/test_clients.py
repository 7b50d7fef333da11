from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_a_metadata_service_that_never_answers_ends_in_no_credentials(tmp_path: Path) -> None:
    """On a laptop whose network swallows packets to the metadata address, the look must end by itself."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silence = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        environment |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": silence, "INVOKE_PIPELINE_SOURCE": "s3"}

        done = subprocess.run(
            [sys.executable, "-m", "invoke", "pipeline.up", "--target", "aws", "--region", "eu-west-1"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 253
    assert "There are no AWS credentials" in done.stderr
