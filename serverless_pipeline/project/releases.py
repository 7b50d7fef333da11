"""The releases on record: what the deploys of each execution wrote into the artifact bucket, and which one is in place.

A release is complete when its stack was delivered and all that the record of the stack names. The current one is told
by looking: each alias has its version, each stage its deployment, each site's `config.json` its version. Records of
earlier years know no stack: they have one function, one API and one site.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws, console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings

_COMMIT = re.compile(r"[0-9a-f]{40}")
_READ_AT_ONCE = 8
_NAMES = "Release_Parts"
"""The variable of a stack that names the parts of the release."""


@dataclass(frozen=True)
class Function:
    """A version of a function, behind an alias."""

    name: str
    alias: str
    version: str

    def at(self, version: str) -> Function:
        """The same place with another version."""
        return replace(self, version=version)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Function:
        parameters = record["given"]
        return cls(parameters["function"], parameters["alias"], record["variables"]["FunctionVersion"])


@dataclass(frozen=True)
class Api:
    """A deployment of a REST API, at a stage."""

    id: str
    stage: str
    deployment: str

    def at(self, deployment: str) -> Api:
        """The same place with another deployment."""
        return replace(self, deployment=deployment)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Api:
        parameters = record["given"]
        return cls(parameters["api"], parameters["stage"], record["variables"]["DeploymentId"])


@dataclass(frozen=True)
class Site:
    """A version of a site, in a bucket."""

    bucket: str
    version: str

    def at(self, version: str) -> Site:
        """The same place with another version."""
        return replace(self, version=version)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Site:
        parameters = record["given"]
        return cls(parameters["bucket"], parameters["version"])


Part = Function | Api | Site
PARTS: Mapping[str, type[Function | Api | Site]] = {"lambda": Function, "apigateway": Api, "s3": Site}
"""What can be told by looking, by the type that the records say."""
STACK = "cloudformation"


@dataclass(frozen=True)
class Release:
    """The release that an execution was to an environment; `parts` are what its deploys put in place, by name.

    `names` are those of the parts that it has to have, None where its stack never got there.
    """

    execution: str
    version: str
    time: datetime
    parts: Mapping[str, Part]
    names: frozenset[str] | None = None

    @classmethod
    def from_records(cls, records: Sequence[Mapping[str, Any]]) -> Release:
        """Read what the deploys of one execution wrote, at least one of them; a release is as old as its last part."""
        parts = {
            record.get("part", record["type"]): PARTS[record["type"]].from_record(record)
            for record in records
            if record["type"] in PARTS
        }
        time = max(datetime.fromisoformat(record["time"]) for record in records)
        return cls(records[0]["execution"], records[0]["version"], time, parts, _names(records))

    @property
    def is_complete(self) -> bool:
        return self.names is not None and self.names <= self.parts.keys()

    @property
    def commit(self) -> str | None:
        """The commit, if the version is one; else it is a date."""
        return self.version if _COMMIT.fullmatch(self.version) else None


def bucket(settings: Settings, clients: Clients) -> str:
    """The artifact bucket, in which the releases are on record.

    Raises:
        Error: there is no stack, or it has no bucket yet.
    """
    root = stack.demand(clients, settings.stack_name)
    if "ArtifactBucketName" not in root.outputs:
        raise Error(f"The stack {root.name} is {root.status}; it has no artifact bucket.", hint="invoke pipeline.up")
    return root.outputs["ArtifactBucketName"]


def read(clients: Clients, bucket_name: str, environment_name: str) -> list[Release]:
    """The releases of an environment, newest first; what is no record of one is told, and left out."""
    prefix = f"releases/{environment_name.lower()}/"
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket_name, Prefix=prefix)
    listed = aws.moving(pages, f"s3://{bucket_name}/{prefix}")
    keys = [entry["Key"] for page in listed for entry in page.get("Contents", [])]

    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
        loaded = list(pool.map(partial(_load, clients, bucket_name), keys))
    records = [record for key, record in zip(keys, loaded, strict=True) if _is_record(bucket_name, key, record)]
    releases = map(Release.from_records, _by_execution(records))
    return sorted(releases, key=lambda release: release.time, reverse=True)


def _load(clients: Clients, bucket_name: str, key: str) -> Any:  # noqa: ANN401 - whatever lies there
    body = clients.s3.get_object(Bucket=bucket_name, Key=key)["Body"].read()
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_record(bucket_name: str, key: str, record: Any) -> bool:  # noqa: ANN401 - as above
    """Whether a release can be read from it, and it lies where that belongs."""
    try:
        is_record = Release.from_records([record]).time.tzinfo and record["execution"] == key.split("/")[2]
    except (KeyError, TypeError, AttributeError, ValueError):
        is_record = False
    if not is_record:
        console.say("Left out", f"s3://{bucket_name}/{key}: it is no record of a release", style="yellow")
    return bool(is_record)


def current(clients: Clients, releases: Iterable[Release]) -> Release | None:
    """The release that is in place as a whole; None if none is, such as after a deploy that failed half way.

    A stack alone is never brought back, so the newest is in place.
    """
    in_place: dict[Part, Part | None] = {}
    for release in releases:
        if release.is_complete and all(_is_in_place(clients, part, in_place) for part in release.parts.values()):
            return release
    return None


def _is_in_place(clients: Clients, part: Part, in_place: dict[Part, Part | None]) -> bool:
    """Whether what is there is the part; each place is looked at once."""
    place = part.at("")
    if place not in in_place:
        try:
            in_place[place] = _look(clients, part)
        except ClientError as error:
            if not aws.is_absent(error):
                raise
            in_place[place] = None
    return in_place[place] == part


def _names(records: Iterable[Mapping[str, Any]]) -> frozenset[str] | None:
    """The names of the parts that a release has to have."""
    stacks = [record for record in records if record["type"] == STACK]
    if stacks:
        return frozenset(name for one in stacks for name in one["variables"].get(_NAMES, "").split(",") if name)
    is_of_earlier_years = not any("part" in record for record in records)
    return frozenset(PARTS) if is_of_earlier_years else None


def _by_execution(records: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    executions: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        executions.setdefault(record["execution"], []).append(record)
    return executions.values()


def _look(clients: Clients, part: Part) -> Part:
    """What is in place where the part was delivered."""
    match part:
        case Function(name, alias):
            answer = clients.functions.get_alias(FunctionName=name, Name=alias)
            return part.at(answer["FunctionVersion"])
        case Api(api_id, stage_name):
            deployed = clients.apis.get_stage(restApiId=api_id, stageName=stage_name)
            return part.at(deployed["deploymentId"])
        case Site(bucket_name):
            config = clients.s3.get_object(Bucket=bucket_name, Key="config.json")["Body"].read()
            return part.at(json.loads(config).get("version", ""))
