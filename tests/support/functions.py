"""What the tests of the functions share: the functions on the path, events as AWS sends them, an artifact store."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
import zipfile
from typing import IO, TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from serverless_pipeline.aws import Clients


from lambdas.job import answered
from lambdas.job import clients as connections
from lambdas.job.job import Artifact

JOB_ID = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"
BUCKET = "artifact-bucket"


class Store:
    """An artifact store in memory: what the functions use of an S3 client."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.summed: set[str] = set()

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as botocore spells them
        assert Bucket == BUCKET
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "The key does not exist."}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key]), "ContentLength": len(self.objects[Key])}

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append(f"head {Key}")
        body = self.get_object(Bucket=Bucket, Key=Key)["Body"].read()
        assert ChecksumMode == "ENABLED"
        checksum = {"ChecksumSHA256": sha256(body)} if Key in self.summed else {}
        return {"ContentLength": len(body), "ETag": sha256(body), **checksum}

    def copy_object(self, *, CopySource: dict[str, str], CopySourceIfMatch: str, Key: str, **request: Any) -> None:  # noqa: N803
        self.calls.append(f"copy {CopySource['Key']}")
        source = self.get_object(**CopySource)["Body"].read()
        if sha256(source) != CopySourceIfMatch:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "It differs."}}, "CopyObject")
        self.objects[Key] = source
        self.puts.append({"Key": Key, **request})

    def put_object(self, **request: Any) -> None:
        body = request.pop("Body")
        self.calls.append(f"put {request['Key']}")
        self.objects[request["Key"]] = content = body if isinstance(body, bytes) else body.read()
        self.summed.discard(request["Key"])
        if checksum := request.get("ChecksumSHA256"):
            assert checksum == sha256(content)
            self.summed.add(request["Key"])
        self.puts.append(request)

    def upload_fileobj(self, body: IO[bytes], bucket: str, key: str, *, ExtraArgs: dict[str, Any], Config: Any) -> None:  # noqa: N803
        assert Config.max_request_concurrency <= 4
        self.put_object(Bucket=bucket, Key=key, Body=body, **ExtraArgs)

    def files(self, name: str) -> dict[str, bytes]:
        """What the zip of an artifact holds."""
        with zipfile.ZipFile(io.BytesIO(self.objects[key_of(name)])) as opened:
            return {entry: opened.read(entry) for entry in opened.namelist()}

    def put(self, name: str, files: Mapping[str, str | bytes], comment: str = "") -> None:
        """Lay the zip of an artifact down."""
        self.objects[key_of(name)] = zipped(files, comment)


class Context:
    """The context object of Lambda: so many seconds are left."""

    def __init__(self, seconds: float = 900) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class CodePipeline:
    """What CodePipeline was answered."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []

    def put_job_success_result(self, **request: Any) -> None:
        self.answers.append(request)

    def put_job_failure_result(self, **request: Any) -> None:
        self.answers.append(request)

    @property
    def answer(self) -> dict[str, Any]:
        """The one answer."""
        (answer,) = self.answers
        assert answer["jobId"] == JOB_ID
        return answer

    @property
    def failure(self) -> dict[str, str]:
        return dict(self.answer["failureDetails"])


def sources() -> dict[str, str]:
    """The modules of the functions, by the names that they have in the bundle."""
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "lambdas").rglob("*.py")}


def sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def key_of(name: str) -> str:
    return f"dromedary/{name[:10]}/{name}"


def zipped(files: Mapping[str, str | bytes], comment: str = "") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.comment = comment.encode()
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


def artifact_entry(name: str, revision: str | None = None) -> dict[str, Any]:
    place = {"bucketName": BUCKET, "objectKey": key_of(name)}
    return {"name": name, "revision": revision, "location": {"type": "S3", "s3Location": place}}


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """Make an event: parameters, names of inputs and of outputs, whatever else goes into its data.

    Each is about a job that the function has not seen, though they all have the same ID.
    """

    def make(
        parameters: str | None = None,
        inputs: list[str] | None = None,
        outputs: list[str] | None = None,
        revision: str | None = None,
        **data: Any,
    ) -> dict[str, Any]:
        answered.answered.cache_clear()
        configuration = {"FunctionName": "dromedary-run-task"}
        if parameters is not None:
            configuration["UserParameters"] = parameters
        job = {
            "actionConfiguration": {"configuration": configuration},
            "inputArtifacts": [artifact_entry(name, revision) for name in inputs or []],
            "outputArtifacts": [artifact_entry(name) for name in outputs or []],
            "artifactCredentials": {
                "accessKeyId": "ASIAEXAMPLE",
                "secretAccessKey": "a-secret-key",
                "sessionToken": "a-session-token",
                "expirationTime": 1795467600000,
            },
        }
        return {"CodePipeline.job": {"id": JOB_ID, "accountId": "111122223333", "data": job | data}}

    return make


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """The artifact store that handlers find."""
    store = Store()
    monkeypatch.setattr(connections, "artifact_store", lambda _credentials: store)
    return store


@pytest.fixture
def codepipeline(monkeypatch: pytest.MonkeyPatch) -> CodePipeline:
    """The CodePipeline that handlers answer."""
    codepipeline = CodePipeline()
    monkeypatch.setattr(connections, "codepipeline", lambda: codepipeline)
    return codepipeline


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of the function."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def context() -> type[Context]:
    return Context


@pytest.fixture
def pack() -> Callable[..., bytes]:
    return zipped


@pytest.fixture
def output(clients: Clients) -> Iterator[Artifact]:
    name = f"artifacts-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    yield Artifact("DistSiteOutput", name, "shop/DistSiteOu/aB3dE5f")
    for found in clients.s3.list_objects_v2(Bucket=name).get("Contents", []):
        clients.s3.delete_object(Bucket=name, Key=found["Key"])
    clients.s3.delete_bucket(Bucket=name)


@pytest.fixture
def session(clients: Clients, output: Artifact) -> Iterator[Any]:
    """S3 as a job reaches it: a session of a role with the pipeline's own statement about artifacts."""
    name = f"pipeline-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": clients.account}, "Action": "sts:AssumeRole"}
    arn = clients.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    clients.iam.put_role_policy(
        RoleName=name, PolicyName="Artifacts", PolicyDocument=json.dumps(artifact_policy(output.bucket))
    )
    keys = clients.sts.assume_role(RoleArn=arn, RoleSessionName="job")["Credentials"]
    assert clients.endpoint
    yield boto3.client(
        "s3",
        endpoint_url=clients.endpoint.url,
        region_name=clients.region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    clients.iam.delete_role_policy(RoleName=name, PolicyName="Artifacts")
    clients.iam.delete_role(RoleName=name)


def artifact_policy(bucket: str) -> dict[str, Any]:
    """What the template allows the pipeline's role in the artifact bucket."""
    from cfnlint.decode import decode_str

    from serverless_pipeline.project import templates
    from serverless_pipeline.settings import Settings

    text = templates.render_all(Settings(stack_name="shop"), lambda name, _: f"https://example.com/{name}")["roles"]
    role = decode_str(text)[0]["Resources"]["PipelineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    [statement] = [one for one in role["Statement"] if one["Sid"] == "ReadAndWriteArtifacts"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(statement["Action"]), "Resource": f"arn:aws:s3:::{bucket}/*"},
        ],
    }
