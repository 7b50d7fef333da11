"""An AWS that somebody else imitates: moto's server, and a project whose pipeline is to live there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3

from tests.support.project import Project, clean_environment
from tests.support.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-west-1"
TEMPLATE = """
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
"""What an environment is. It has no website: for one, preflight would ask S3 Control, which puts the account before the
host, and an address of numbers takes nothing before it."""
_ADDRESS = re.compile(r"Running on (http://\S+)")
_FAILURE = re.compile(r"^\w+Error: .+", re.MULTILINE)


@dataclass(frozen=True)
class Moto:
    """A server of moto's that runs; `log` is all that it writes."""

    url: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send every client there, as an account."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:
        """A client of boto3's own, and nothing of ours."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def last_failure(self) -> str:
        """What went wrong in it last."""
        return str(_FAILURE.findall(self.log.read_text())[-1])

    def left(self) -> dict[str, list[str]]:
        """The stacks and the buckets that are there."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        buckets = self.client("s3").list_buckets()["Buckets"]
        return {"stacks": [one["StackName"] for one in stacks], "buckets": [one["Name"] for one in buckets]}


@contextmanager
def serve(folder: Path) -> Iterator[Moto]:
    """Run moto's server on any free port."""
    log = folder / "moto.log"
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(words, cwd=folder, env=clean_environment(), stdout=output, stderr=output)
    try:
        yield Moto(until(lambda: _address(process, log), "moto"), log)
    finally:
        process.kill()
        process.wait(PATIENCE)


def _address(process: subprocess.Popen[bytes], log: Path) -> str | None:
    text = log.read_text()
    assert process.poll() is None, text
    address = _ADDRESS.search(text)
    return address[1] if address else None


@dataclass(frozen=True)
class Resident:
    """A project whose pipeline lives on moto's server."""

    moto: Moto
    project: Project = field(repr=False)

    def type(self, words: str, *, ends: int = 0, **settings: str) -> tuple[str, str]:
        """Type `invoke …`; answers what went to stdout and what to stderr. It must end with `ends`."""
        variables = {f"INVOKE_PIPELINE_{name.upper()}": value for name, value in settings.items()}
        done = self.project.type(words, **variables)
        assert done.returncode == ends, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout, done.stderr


def settle(moto: Moto, folder: Path, state: Path, name: str) -> Resident:
    """A project in a folder with a template of its own, that has S3 as its source; what it keeps lies in `state`."""
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / ".local").symlink_to(state)
    chosen = {"TARGET": "aws", "SOURCE": "s3", "STACK_NAME": name, "ENVIRONMENTS": "Live", "TEMPLATE": "template.yaml"}
    environment = {f"INVOKE_PIPELINE_{key}": value for key, value in chosen.items()} | moto.environment
    return Resident(moto, Project(folder, clean_environment() | environment))
