"""A release on record: what each deploy of an execution delivered to an environment, told in the artifact bucket.

`releases/<environment>/<execution>/<part>.json`, a document for each part. The part of the stack names the others
(its variable `Release_Parts`); with all of them the release is complete. Where there was no stack to deliver, a part is
called as its type, and there is one of each.
An action says `release=<environment>/<execution>/<version>/<part>` in its UserParameters; the document is written when
it has delivered. Its keys are a contract with the records of earlier years and with who lists them::

    {"execution", "version", "part", "type", "time", "artifact": {"name", "bucket", "key", "path", "digest"},
     "given", "variables"}
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.artifacts.transfer import encryption
from lambdas.delivery.contents import VARIABLE
from lambdas.job.ending import JobError, Misconfigured
from lambdas.job.job import Artifact
from lambdas.job.pages import moving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

STACK = "cloudformation"
"""The type of the part that names the others."""

_WITHOUT_STACK = ("lambda", "apigateway", "s3")
_LARGEST = 1024 * 1024
"""The bytes of a record: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html bounds its variables."""
_PART = re.compile(r"[0-9A-Za-z-]+")
_NEEDED = {
    "lambda": (("function", "alias"), {"FunctionVersion": re.compile(r"\d+")}),
    "apigateway": (("api", "stage"), {"DeploymentId": re.compile(r"[0-9A-Za-z]+")}),
    "s3": (("bucket", "version"), {}),
}
"""What a part of a type says: its parameters, and its variables with the form of what AWS has published."""
_FORM = re.compile(r"([a-z][a-z0-9]*)/([0-9A-Za-z-]+)/([^/]+)(?:/([0-9A-Za-z-]+))?")


@dataclass(frozen=True)
class Release:
    """The release that an execution of the pipeline is to an environment, and a part of it.

    `version` is the source's.
    """

    environment: str
    execution: str
    version: str
    part: str

    @classmethod
    def from_parameter(cls, text: str, type_: str) -> Release:
        """Read `environment/execution/version/part`; a part without a name is called as its type.

        Raises:
            Misconfigured: it is not of that form.
        """
        form = _FORM.fullmatch(text)
        if not form:
            raise Misconfigured([f"release must be environment/execution/version/part; it is {text!r}"])
        environment, execution, version, part = form.groups()
        return cls(environment, execution, version, part or type_)


@dataclass(frozen=True)
class Part:
    """What one deploy delivered: the artifact of that digest, by these parameters, and its output variables.

    `time` is when it had, ISO 8601 in UTC; `path` is the one file of the artifact that it was, if not all of it.
    """

    type: str
    time: str
    artifact: Artifact
    digest: str
    parameters: Mapping[str, str]
    variables: Mapping[str, str]
    path: str = ""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Part:
        """Read what `to_document` wrote."""
        place = document["artifact"]
        return cls(
            type=document["type"],
            time=document["time"],
            artifact=Artifact(place["name"], place["bucket"], place["key"]),
            digest=place["digest"],
            parameters=document["given"],
            variables=document["variables"],
            path=place.get("path", ""),
        )

    def to_document(self, release: Release) -> dict[str, Any]:
        """The part as one of the documents of a release."""
        artifact = {"name": self.artifact.name, "bucket": self.artifact.bucket, "key": self.artifact.key}
        return {
            "execution": release.execution,
            "version": release.version,
            "part": release.part,
            "type": self.type,
            "time": self.time,
            "artifact": artifact | {"path": self.path, "digest": self.digest},
            "given": self.parameters,
            "variables": self.variables,
        }


def record(store: S3Client, release: Release, part: Part, kms_key: str | None) -> None:
    """Write the part into the artifact's own bucket; a second time changes nothing but the time."""
    store.put_object(
        Bucket=part.artifact.bucket,
        Key=f"{_folder(release.environment, release.execution)}{release.part}.json",
        Body=json.dumps(part.to_document(release), indent=2).encode(),
        ContentType="application/json",
        **encryption(kms_key),
    )


def read(store: S3Client, bucket: str, environment: str, execution: str) -> dict[str, Part]:
    """The parts of a release by their names; those that were never delivered are missing.

    Raises:
        JobError: something lies there that no delivery of this release wrote.
    """
    folder = _folder(environment, execution)
    pages = store.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
    listed = moving(pages, f"s3://{bucket}/{folder}")
    keys = [item["Key"] for page in listed for item in page.get("Contents", [])]
    names = {key.removeprefix(folder).removesuffix(".json"): key for key in keys}
    return {name: _read(store, bucket, key, execution, name) for name, key in names.items()}


def names(parts: Mapping[str, Part]) -> tuple[str, ...]:
    """The names of all parts that a release has to have, beside its stack."""
    stacks = [part for part in parts.values() if part.type == STACK]
    if not stacks:
        return _WITHOUT_STACK
    return tuple(name for part in stacks for name in part.variables.get(VARIABLE, "").split(",") if name)


def _read(store: S3Client, bucket: str, key: str, execution: str, name: str) -> Part:
    with closing(store.get_object(Bucket=bucket, Key=key)["Body"]) as body:
        text = body.read(_LARGEST)
    try:
        document = json.loads(text)
        part = Part.from_document(document)
        own = document["execution"], document.get("part", part.type)
        mistake = "" if own == (execution, name) else "it belongs elsewhere"
        mistake = mistake or next(_mistakes(part, bucket, name), "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        mistake = f"it cannot be read ({type(error).__name__})"
    if mistake:
        raise JobError(
            f"s3://{bucket}/{key} is no record that a delivery of this release wrote: {mistake}; roll back to another "
            f"release, or bring back the version of the object that the delivery wrote"
        )
    return part


def _mistakes(part: Part, bucket: str, name: str) -> Iterator[str]:
    """What no delivery can have written."""
    artifact = part.artifact
    texts = [part.type, part.time, part.digest, part.path, artifact.name, artifact.key]
    texts += [*part.parameters.values(), *part.variables.values()]
    if not all(isinstance(one, str) for one in texts):
        yield "not all of it is text"
    if not _PART.fullmatch(name):
        yield "its name is none of a part"
    if artifact.bucket != bucket:
        yield f"its artifact lies in another bucket, {artifact.bucket}"
    parameters, variables = _NEEDED.get(part.type, ((), {}))
    for key in parameters:
        if not part.parameters.get(key):
            yield f"it does not say the {key}"
    for key, form in variables.items():
        if not form.fullmatch(part.variables.get(key, "")):
            yield f"its {key} is none that was published"


def _folder(environment: str, execution: str) -> str:
    """Where the parts of a release lie in the artifact bucket."""
    return f"releases/{environment}/{execution}/"
