"""The work of the pipeline's ten functions as a first port of it would do it, in one process.

    python -m benchmarks.programs.naive PROJECT WORK PAGE

pip, tarfile with gzip, boto3's `put_object` for one file after the other. It reads where AWS is from the environment,
and delivers into a bucket, a function and an API of its own. `PAGE` is the address that the functional test looks at.
"""

from __future__ import annotations

import io
import json
import mimetypes
import os
import subprocess
import sys
import tarfile
import uuid
import zipfile
from pathlib import Path

import boto3

ENVIRONMENTS = ("test", "prod")


def main() -> None:
    project, work, page = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    port = NaivePort(work)
    source = port.pack("source", project)
    dependencies = port.install(source)
    dist = port.package(source, dependencies)
    for environment in ENVIRONMENTS:
        port.deploy(environment, dist)
        port.test(environment, source, dependencies, page)


class NaivePort:
    """One function after the other; each fetches what it needs from the bucket and unpacks it into a new folder."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.name = f"naive-{uuid.uuid4().hex[:8]}"
        self.s3 = boto3.client("s3")
        self.functions = boto3.client("lambda")
        self.apis = boto3.client("apigateway")
        self.s3.create_bucket(Bucket=self.name)

    def pack(self, name: str, folder: Path) -> str:
        packed = self.work / f"{name}.tar.gz"
        with tarfile.open(packed, "w:gz", compresslevel=6) as archive:
            archive.add(folder, ".", filter=lambda entry: None if "/.local" in entry.name else entry)
        self.s3.put_object(Bucket=self.name, Key=name, Body=packed.read_bytes())
        return name

    def unpack(self, key: str) -> Path:
        folder = self.work / f"{key}-{uuid.uuid4().hex[:8]}"
        content = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(folder, filter="data")
        return folder

    def install(self, source: str) -> str:
        folder, target = self.unpack(source), self.work / "dependencies"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), "-r", "requirements.txt"]
        subprocess.run(pip, cwd=folder, check=True)
        return self.pack("dependencies", target)

    def package(self, source: str, dependencies: str) -> Path:
        folder = self.unpack(source)
        self.invoke(folder, self.unpack(dependencies), "package")
        return folder / "dist"

    def test(self, environment: str, source: str, dependencies: str, page: str) -> None:
        url = {"TARGET_URL": page, "STAGE": environment}
        self.invoke(self.unpack(source), self.unpack(dependencies), "test-functional", **url)

    def invoke(self, folder: Path, dependencies: Path, task: str, **variables: str) -> None:
        environment = os.environ | {"PYTHONPATH": str(dependencies)} | variables
        subprocess.run([sys.executable, "-m", "invoke", task], cwd=folder, env=environment, check=True)

    def deploy(self, environment: str, dist: Path) -> None:
        self.deploy_function(f"{self.name}-{environment}", (dist / "lambda.zip").read_bytes())
        api = self.apis.create_rest_api(name=environment)["id"]
        self.apis.put_rest_api(restApiId=api, mode="overwrite", body=(dist / "openapi.json").read_bytes())
        self.apis.create_deployment(restApiId=api, stageName=environment)
        with zipfile.ZipFile(dist / "site.zip") as site:
            for name in site.namelist():
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                key = f"{environment}/{name}"
                self.s3.put_object(Bucket=self.name, Key=key, Body=site.read(name), ContentType=kind)

    def deploy_function(self, name: str, code: bytes) -> None:
        role = boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({}))["Role"]["Arn"]
        self.functions.create_function(
            FunctionName=name,
            Code={"ZipFile": code},
            Handler="index.handler",
            Publish=True,
            Role=role,
            Runtime="python3.13",
        )
        self.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")


if __name__ == "__main__":
    main()
