"""An artifact store in memory, and the zips that lie in it."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import IO, TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

BUCKET = "artifact-bucket"


class Store:
    """What the functions use of an S3 client; `puts` are the requests that wrote, `calls` all but the plain reads.

    `claims` are the objects by which jobs are claimed, which are among neither.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.with_checksum: set[str] = set()
        self.claims: dict[str, bytes] = {}

    @property
    def client(self) -> S3Client:
        """The store, for those who ask for a client."""
        return cast("S3Client", self)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as botocore spells them
        assert Bucket == BUCKET
        if Key in self.claims:
            return {"Body": io.BytesIO(self.claims[Key])}
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "The key does not exist."}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key]), "ContentLength": len(self.objects[Key])}

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append(f"head {Key}")
        body = self.get_object(Bucket=Bucket, Key=Key)["Body"].read()
        assert ChecksumMode == "ENABLED"
        checksum = {"ChecksumSHA256": sha256(body)} if Key in self.with_checksum else {}
        return {"ContentLength": len(body), "ETag": sha256(body), **checksum}

    def copy_object(self, *, CopySource: dict[str, str], CopySourceIfMatch: str, Key: str, **request: Any) -> None:  # noqa: N803
        self.calls.append(f"copy {CopySource['Key']}")
        source = self.get_object(**CopySource)["Body"].read()
        if sha256(source) != CopySourceIfMatch:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "It differs."}}, "CopyObject")
        self.objects[Key] = source
        self.puts.append({"Key": Key, **request})

    def put_object(self, **request: Any) -> None:
        if request.get("IfNoneMatch") == "*":
            self._claim(**request)
            return
        body = request.pop("Body")
        key = request["Key"]
        self.calls.append(f"put {key}")
        self.objects[key] = content = body if isinstance(body, bytes) else body.read()
        self.with_checksum.discard(key)
        if checksum := request.get("ChecksumSHA256"):
            assert checksum == sha256(content)
            self.with_checksum.add(key)
        self.puts.append(request)

    def _claim(self, *, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803
        if Key in self.claims:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "It is there."}}, "PutObject")
        self.claims[Key] = Body

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


def sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def key_of(name: str) -> str:
    return f"dromedary/{name[:10]}/{name}"


def zipped(files: Mapping[str, str | bytes], comment: str = "") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.comment = comment.encode()
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # without the time of day
    return sink.getvalue()
