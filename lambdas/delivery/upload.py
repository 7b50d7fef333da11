"""Uploads to one bucket, signed and sent by the parts of botocore that boto3 itself is made of.

What boto3 does beside that takes longer than the request does, and a site has a thousand of them.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's
from botocore.httpsession import URLLib3Session

from lambdas.job import refusal
from lambdas.job.ending import Failed, JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from io import BufferedReader

    from botocore.awsrequest import AWSResponse
    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_s3 import S3Client

AT_ONCE = 32
"""How many uploads are under way together: an upload to AWS is 25 ms of waiting and 1 ms of work."""

_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
_TIMEOUT = 30
_MULTIPLE_CHOICES = 300
_PASSING = {"BadDigest", "OperationAborted", "RequestTimeout"}
"""What may pass beside what may everywhere.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""


class NotUploaded(JobError):
    """S3 did not take a file; `is_passing` tells whether it may take it a little later."""

    def __init__(self, key: str, failure: Failed, *, is_passing: bool = False) -> None:
        super().__init__(f"{key} was not uploaded: {failure.message}")
        self.type = failure.type
        self.is_passing = is_passing


@dataclass(frozen=True)
class Upload:
    """What goes to a key: bytes, or a file that is read while it is sent."""

    key: str
    content: bytes | Path
    headers: Mapping[str, str]

    def open(self) -> BufferedReader | io.BytesIO:
        return self.content.open("rb") if isinstance(self.content, Path) else io.BytesIO(self.content)


@dataclass(frozen=True)
class Place:
    """Where the objects of a bucket are: the address that their keys follow, and the region it is signed for."""

    address: str
    region: str


@dataclass(frozen=True)
class Uploader:
    """Puts objects into one bucket, from any number of threads.

    `deadline` is on the clock of `time.monotonic`; `retry` is what to do about a fault of AWS's own.
    """

    place: Place
    credentials: ReadOnlyCredentials
    session: URLLib3Session
    deadline: float
    retry: str = refusal.RETRY
    sleep: Callable[[float], None] = time.sleep

    def put(self, upload: Upload) -> None:
        """Put an object; where S3 is busy or the connection breaks, again after a pause.

        Raises:
            NotUploaded: S3 refused it, or did not take it in time; names the key.
        """
        for pause in _PAUSES:
            try:
                self._send(upload)
            except NotUploaded as error:
                if not error.is_passing or time.monotonic() + pause > self.deadline:
                    raise
                self.sleep(pause)
            else:
                return
        self._send(upload)

    def _send(self, upload: Upload) -> None:
        if time.monotonic() > self.deadline:
            raise NotUploaded(
                upload.key, Failed(f"the time was up; {self.retry}, it goes on where this delivery ended")
            )
        with upload.open() as body:
            try:
                response = self.session.send(self._signed(upload, body).prepare())
            except (ConnectionError, HTTPClientError) as error:
                failure = refusal.explain(error, self.retry)
                raise NotUploaded(upload.key, failure, is_passing=refusal.is_passing(error)) from error
        if response.status_code >= _MULTIPLE_CHOICES:
            raise self._refusal(upload.key, response)

    def _signed(self, upload: Upload, body: BufferedReader | io.BytesIO) -> AWSRequest:
        """The request; with the digest of what was read, S3 refuses what was damaged on its way."""
        digest = hashlib.file_digest(body, lambda: hashlib.md5(usedforsecurity=False)).digest()
        body.seek(0)
        request = AWSRequest(
            method="PUT",
            url=f"{self.place.address}{quote(upload.key, safe='/~')}",
            headers={**upload.headers, "Content-MD5": base64.b64encode(digest).decode()},
            data=body,
        )
        S3SigV4Auth(self.credentials, "s3", self.place.region).add_auth(request)
        return request

    def _refusal(self, key: str, response: AWSResponse) -> NotUploaded:
        status, code = response.status_code, _element("Code", response.text)
        details: Any = {
            "Error": {"Code": code or str(status), "Message": _element("Message", response.text)},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }
        error = ClientError(details, "PutObject")
        is_passing = refusal.is_passing(error) or code in _PASSING
        return NotUploaded(key, refusal.explain(error, self.retry), is_passing=is_passing)


def session() -> URLLib3Session:
    """Connections for uploads; a request's head and body are sent apart, and TCP must not hold the body back."""
    no_delay: list[Any] = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    return URLLib3Session(timeout=_TIMEOUT, max_pool_connections=AT_ONCE, socket_options=no_delay)


def place_of(s3: S3Client, bucket: str) -> Place:
    """Where the client itself would put objects; it is asked, and sends nothing.

    As botocore's own Stubber does, it answers in the client's place as soon as the address is known.
    """
    requests: list[Mapping[str, Any]] = []

    def answer(params: Mapping[str, Any], **_: object) -> Any:  # noqa: ANN401 - the stubs know no handler that answers
        requests.append(params)
        return SimpleNamespace(status_code=200), {}

    s3.meta.events.register_first("before-call.s3.PutObject", answer)
    try:
        s3.put_object(Bucket=bucket, Key="key")
    finally:
        s3.meta.events.unregister("before-call.s3.PutObject", answer)
    (request,) = requests
    region = request["context"].get("signing", {}).get("region") or s3.meta.region_name
    return Place(request["url"].removesuffix("key"), region)


def _element(name: str, text: str) -> str:
    element = re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return element[1] if element else ""
