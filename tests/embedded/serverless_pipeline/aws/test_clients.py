from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.aws import clock
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients


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


@pytest.mark.parametrize("service", ["sts", "cloudformation", "codepipeline", "s3"])
@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(minutes=20), "20 minutes ahead of"),
        (timedelta(minutes=-20), "20 minutes behind"),
        (timedelta(days=1), "1440 minutes ahead of"),
        (timedelta(days=-1), "1440 minutes behind"),
    ],
)
def test_a_clock_that_is_off_is_refused_and_told(
    clients: Clients, service: str, off: timedelta, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"s3": "list_buckets", "sts": "get_caller_identity", "codepipeline": "list_pipelines"}
    ask = getattr(clients.client(service), asked.get(service, "list_stacks"))
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: datetime.now(UTC) + off)

    with pytest.raises(ClientError) as caught:
        ask()

    said = clock.mistake(caught.value, datetime.now(UTC) + off)
    assert said == f"the clock of this machine is {'not' if service == 's3' else words} AWS's"
