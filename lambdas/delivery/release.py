"""A release on record: what each deploy of an execution delivered to an environment, told in the artifact bucket.

`releases/<environment>/<execution>/<type>.json`, a document for each type; with all three the release is complete.
An action says `release=<environment>/<execution>/<version>` in its UserParameters; the document is written when it has
delivered. Its keys are a contract with the records of earlier years and with who lists them::

    {"execution", "version", "type", "time", "artifact": {"name", "bucket", "key", "digest"}, "given", "variables"}
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.artifacts.transfer import encryption
from lambdas.job import refusal
from lambdas.job.ending import Misconfigured
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

TYPES = ("lambda", "apigateway", "s3")

_FORM = re.compile(r"([a-z][a-z0-9]*)/([0-9A-Za-z-]+)/([^/]+)")


@dataclass(frozen=True)
class Release:
    """The release that an execution of the pipeline is to an environment; `version` is the source's."""

    environment: str
    execution: str
    version: str

    @classmethod
    def from_parameter(cls, text: str) -> Release:
        """Read `environment/execution/version`.

        Raises:
            Misconfigured: it is not of that form.
        """
        form = _FORM.fullmatch(text)
        if not form:
            raise Misconfigured([f"release must be environment/execution/version; it is {text!r}"])
        return cls(*form.groups())


@dataclass(frozen=True)
class Part:
    """What one deploy delivered: the artifact of that digest, by these parameters, and its output variables.

    `time` is when it had, ISO 8601 in UTC.
    """

    type: str
    time: str
    artifact: Artifact
    digest: str
    parameters: Mapping[str, str]
    variables: Mapping[str, str]

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
        )

    def to_document(self, release: Release) -> dict[str, Any]:
        """The part as one of the documents of a release."""
        artifact = {"name": self.artifact.name, "bucket": self.artifact.bucket, "key": self.artifact.key}
        return {
            "execution": release.execution,
            "version": release.version,
            "type": self.type,
            "time": self.time,
            "artifact": artifact | {"digest": self.digest},
            "given": self.parameters,
            "variables": self.variables,
        }


def record(store: S3Client, release: Release, part: Part, kms_key: str | None) -> None:
    """Write the part into the artifact's own bucket; a second time changes nothing but the time."""
    store.put_object(
        Bucket=part.artifact.bucket,
        Key=key_of(release.environment, release.execution, part.type),
        Body=json.dumps(part.to_document(release), indent=2).encode(),
        ContentType="application/json",
        **encryption(kms_key),
    )


def read(store: S3Client, bucket: str, environment: str, execution: str) -> dict[str, Part]:
    """The parts of a release by their type; those that were never delivered are missing."""
    parts = {}
    for type_ in TYPES:
        try:
            response = store.get_object(Bucket=bucket, Key=key_of(environment, execution, type_))
        except ClientError as error:
            if not refusal.is_absent(error):
                raise
            continue
        parts[type_] = Part.from_document(json.loads(response["Body"].read()))
    return parts


def key_of(environment: str, execution: str, type_: str) -> str:
    """Where a part of a release lies in the artifact bucket."""
    return f"releases/{environment}/{execution}/{type_}.json"
