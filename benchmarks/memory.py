"""The memory that a 1 GB artifact takes in a function: fetched, unpacked, packed again and delivered.

    python benchmarks/memory.py [--megabytes N] [--json]

A function with 512 MB does it on the embedded AWS and says the peak of its own process (VmHWM). Ends with 1 if that is
more than the function has. Once with content that cannot be packed smaller, once with text.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
import zipfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from run import ROOT, scratch

sys.path.insert(0, str(ROOT))

from botocore.config import Config

from serverless_pipeline import archive, aws
from serverless_pipeline.local.client import server
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serverless_pipeline.aws import Clients

MEMORY = 512
MEGABYTE = 1024 * 1024
LARGE_FILE = 256
BUCKET, INPUT, OUTPUT, FUNCTION = "benchmark-artifacts", "input.zip", "output.zip", "benchmark-memory"
HANDLER = """
import pathlib, re, tempfile
import archive, artifacts, clients
from job import Artifact, Credentials


def handler(event, context):
    store = clients.artifact_store(Credentials(*event["keys"]))
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch)
        tree = artifacts.checkout(store, Artifact("Input", event["bucket"], event["input"]), work)
        archive.pack(tree, work / "packed.zip")
        artifacts.deliver(store, Artifact("Output", event["bucket"], event["output"]), work / "packed.zip", None)
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) // 1024
"""
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
    options = arguments()
    with scratch() as folder:
        settings = Settings(port=0)
        endpoint = server.ensure(settings, folder)
        try:
            clients = aws.connect(settings, endpoint)
            clients.s3.create_bucket(Bucket=BUCKET)
            kinds = {"random": os.urandom, "text": text}
            peaks = [measure(clients, folder / kind, make, options.megabytes) for kind, make in kinds.items()]
        finally:
            server.stop(folder)
    print(json.dumps([asdict(one) for one in peaks], indent=2) if options.json else report(peaks))
    sys.exit(any(one.peak > one.allowed for one in peaks))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1024, help="what the artifact unpacks to (default 1024)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


def create(clients: Clients, function: str) -> None:
    """A function of its own for each artifact: a process keeps its peak."""
    role = clients.iam.create_role(RoleName=function, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    python, architecture = runtime.identity()
    clients.functions.create_function(
        FunctionName=function,
        Role=role,
        Handler="index.handler",
        Runtime=python,
        Architectures=[architecture],
        Code={"ZipFile": bundle()},
        MemorySize=MEMORY,
        EphemeralStorage={"Size": 10240},
        Timeout=900,
    )


def bundle() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("index.py", HANDLER)
        for path in (ROOT / "lambdas").glob("*.py"):
            packed.write(path, path.name)
    return data.getvalue()


def measure(clients: Clients, folder: Path, make: Callable[[int], bytes], megabytes: int) -> Peak:
    """Send one artifact through a function that has just started."""
    packed = artifact(folder, make, megabytes)
    clients.s3.upload_file(str(packed), BUCKET, INPUT)
    function = f"{FUNCTION}-{folder.name}"
    create(clients, function)
    endpoint = clients.endpoint
    assert endpoint  # noqa: S101 - it runs on the embedded AWS
    event = {
        "keys": [endpoint.access_key_id, endpoint.secret_access_key, ""],
        "bucket": BUCKET,
        "input": INPUT,
        "output": OUTPUT,
    }
    patient = clients.session.client("lambda", endpoint_url=endpoint.url, config=Config(read_timeout=900))
    answer = json.load(patient.invoke(FunctionName=function, Payload=json.dumps(event))["Payload"])
    if not isinstance(answer, int):
        sys.exit(f"The function failed: {answer}")
    return Peak(folder.name, megabytes, packed.stat().st_size // MEGABYTE, answer)


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


def report(peaks: list[Peak]) -> str:
    head = ["| content | unpacked | packed | peak | the function has |", "| --- | ---: | ---: | ---: | ---: |"]
    rows = [
        f"| {one.content} | {one.unpacked} MB | {one.packed} MB | {one.peak} MB | {one.allowed} MB |" for one in peaks
    ]
    return "\n".join([*head, *rows])


if __name__ == "__main__":
    main()
