"""A release on record: what each deploy of an execution delivered to an environment, told in the artifact bucket.

`releases/<environment>/<execution>/<type>.json`, a document for each type; with all three the release is complete.
An action says `release=<environment>/<execution>/<version>` in its UserParameters; the file is written when it has
delivered.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
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

_NAME = re.compile(r"([a-z][a-z0-9]*)/([0-9A-Za-z-]+)/([^/]+)")


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
        match = _NAME.fullmatch(text)
        if not match:
            raise Misconfigured([f"release must be environment/execution/version; it is {text!r}"])
        return cls(*match.groups())


@dataclass(frozen=True)
class Part:
    """What one deploy delivered: the artifact of that digest, by the parameters given, and what came of it.

    `time` is when it had, ISO 8601 in UTC.
    """

    type: str
    time: str
    artifact: Artifact
    digest: str
    given: Mapping[str, str]
    variables: Mapping[str, str]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Part:
        """Read what `record` wrote."""
        place = document["artifact"]
        artifact = Artifact(place["name"], place["bucket"], place["key"])
        given, variables = document["given"], document["variables"]
        return cls(document["type"], document["time"], artifact, place["digest"], given, variables)


def record(store: S3Client, release: Release, part: Part, key: str | None) -> None:
    """Write the part into the artifact's own bucket; a second time changes nothing but the time."""
    place = {name: value for name, value in asdict(part.artifact).items() if name != "revision"}
    told = asdict(part) | {"artifact": place | {"digest": part.digest}}
    told.pop("digest")
    document = {"execution": release.execution, "version": release.version, **told}
    store.put_object(
        Bucket=part.artifact.bucket,
        Key=key_of(release.environment, release.execution, part.type),
        Body=json.dumps(document, indent=2).encode(),
        ContentType="application/json",
        **encryption(key),
    )


def read(store: S3Client, bucket: str, environment: str, execution: str) -> dict[str, Part]:
    """The parts of a release by their type; those that were never delivered are missing."""
    found = {}
    for kind in TYPES:
        try:
            answer = store.get_object(Bucket=bucket, Key=key_of(environment, execution, kind))
        except ClientError as error:
            if not refusal.is_absent(error):
                raise
            continue
        found[kind] = Part.from_document(json.loads(answer["Body"].read()))
    return found


def key_of(environment: str, execution: str, kind: str) -> str:
    """Where a part of a release lies in the artifact bucket."""
    return f"releases/{environment}/{execution}/{kind}.json"
