"""The memory that a 1 GB artifact takes in a function: fetched, unpacked, packed again and delivered.

    python -m benchmarks.memory [--rounds N] [--json] [--megabytes N]

A function with 512 MB does it on the embedded AWS and says the peak of its own process (VmHWM). Ends with 1 if that is
more than the function has. Once with content that cannot be packed smaller, once with text.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from benchmarks.figures import as_json, parser
from benchmarks.place import PROGRAMS, scratch
from serverless_pipeline import archive, aws
from serverless_pipeline.local.client import server
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.project import bundle
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serverless_pipeline.aws import Clients, Endpoint

MEMORY = 512
MEGABYTE = 1024 * 1024
LARGE_FILE = 256
SECONDS = 900
BUCKET, CODE, INPUT, OUTPUT = "benchmark-artifacts", "code.zip", "input.zip", "output.zip"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Peak:
    """What one artifact took, in MB."""

    content: str
    unpacked: int
    packed: int
    peak: int
    allowed: int = MEMORY


def main() -> None:
    words = parser(__doc__, rounds=1)
    words.add_argument("--megabytes", type=int, default=1024, help="what the artifact unpacks to (default 1024)")
    options = words.parse_args()
    contents = {"random": os.urandom, "text": text}
    with scratch() as folder:
        settings = Settings(port=0)
        endpoint = server.ensure(settings, folder)
        try:
            clients = aws.connect(settings, endpoint)
            clients.s3.create_bucket(Bucket=BUCKET)
            aws.upload(clients.s3, code(folder), BUCKET, CODE)
            peaks = [
                measure(clients, endpoint, folder / f"{content}-{number}", make, options.megabytes)
                for number in range(options.rounds)
                for content, make in contents.items()
            ]
        finally:
            server.stop(folder)
    print(as_json(peaks) if options.json else table(peaks))
    sys.exit(any(one.peak > one.allowed for one in peaks))


def code(folder: Path) -> Path:
    """The bundle of the functions, with the one that is measured."""
    version, architecture = runtime.identity()
    built = bundle.build(Settings(runtime=version, architecture=architecture), folder / "bundles")
    copy = shutil.copy(built.path, folder / CODE)
    with zipfile.ZipFile(copy, "a") as opened:
        opened.write(PROGRAMS / "memory.py", "index.py")
    return folder / CODE


def measure(clients: Clients, endpoint: Endpoint, folder: Path, make: Callable[[int], bytes], megabytes: int) -> Peak:
    """Send one artifact through a function that has just started: a process keeps its peak."""
    packed = artifact(folder, make, megabytes)
    aws.upload(clients.s3, packed, BUCKET, INPUT)
    name = f"benchmark-memory-{folder.name}"
    create_function(clients, name)
    event = {
        "keys": [endpoint.access_key_id, endpoint.secret_access_key, ""],
        "bucket": BUCKET,
        "input": INPUT,
        "output": OUTPUT,
    }
    patient = clients.client("lambda", Config(read_timeout=SECONDS))
    answer = json.load(patient.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"])
    if not isinstance(answer, int):
        sys.exit(f"The function failed: {answer}")
    return Peak(folder.name, megabytes, packed.stat().st_size // MEGABYTE, answer)


def create_function(clients: Clients, name: str) -> None:
    role = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    python, architecture = runtime.identity()
    machine: dict[str, Any] = {"Runtime": python, "Architectures": [architecture]}
    clients.functions.create_function(
        FunctionName=name,
        Role=role,
        Handler="index.handler",
        Code={"S3Bucket": BUCKET, "S3Key": CODE},
        MemorySize=MEMORY,
        EphemeralStorage={"Size": 10240},
        Timeout=SECONDS,
        **machine,
    )


def artifact(folder: Path, make: Callable[[int], bytes], megabytes: int) -> Path:
    """One large file, and a megabyte in each of the others."""
    folder.mkdir()
    large = min(LARGE_FILE, megabytes)
    with (folder / "large").open("wb") as file:
        for _ in range(large):
            file.write(make(MEGABYTE))
    for number in range(megabytes - large):
        (folder / f"small-{number}").write_bytes(make(MEGABYTE))
    packed = folder.with_suffix(".zip")
    archive.pack(folder, packed)
    return packed


def text(size: int) -> bytes:
    """Words in no order: about a quarter of their size when packed."""
    words = [f"word-{number} " for number in range(500)]
    return "".join(random.choices(words, k=size // 8)).encode()[:size]  # noqa: S311 - nothing is kept secret with it


def table(peaks: list[Peak]) -> str:
    head = ["| content | unpacked | packed | peak | the function has |", "| --- | ---: | ---: | ---: | ---: |"]
    rows = [
        f"| {one.content} | {one.unpacked} MB | {one.packed} MB | {one.peak} MB | {one.allowed} MB |" for one in peaks
    ]
    return "\n".join([*head, *rows])


if __name__ == "__main__":
    main()
