"""The releases on record: what the deploys of each execution wrote into the artifact bucket, and which one is in place.

A release is complete when its function, its API and its site were delivered. The current one is told by looking: the
alias has its version, the stage its deployment, the site's `config.json` its version.
`report` has the document that `pipeline.releases --output json` prints::

    {"environments": [{"name", "releases": [{"execution", "version", "commit", "time", "complete", "current"}]}]}

Newest first; `commit` is null where the version is a date.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings

PARTS = ("lambda", "apigateway", "s3")

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHORT = 12
_READ_AT_ONCE = 8
_ABSENT = {"ResourceNotFoundException", "NotFoundException", "NoSuchBucket", "NoSuchKey"}


@dataclass(frozen=True)
class Place:
    """What is in place in an environment, or was when a release ended; each pair is a thing and its version."""

    function: tuple[str, str]
    api: tuple[str, str]
    site: tuple[str, str]


@dataclass(frozen=True)
class Release:
    """The release that an execution was to an environment; `parts` are the documents of its deploys by type."""

    execution: str
    version: str
    time: datetime
    parts: Mapping[str, Mapping[str, Any]]

    @classmethod
    def from_documents(cls, documents: Iterable[Mapping[str, Any]]) -> Release:
        """Read what the deploys of one execution wrote, at least one of them."""
        parts = {document["type"]: document for document in documents}
        time, newest = max((datetime.fromisoformat(part["time"]), kind) for kind, part in parts.items())
        return cls(parts[newest]["execution"], parts[newest]["version"], time, parts)

    @property
    def complete(self) -> bool:
        return all(kind in self.parts for kind in PARTS)

    @property
    def commit(self) -> str | None:
        return self.version if _COMMIT.fullmatch(self.version) else None

    @property
    def place(self) -> Place:
        """What a complete release puts in place."""
        function, api, site = (self.parts[kind] for kind in PARTS)
        return Place(
            (_alias(function["given"]), function["variables"]["FunctionVersion"]),
            (_stage(api["given"]), api["variables"]["DeploymentId"]),
            (site["given"]["bucket"], site["given"]["version"]),
        )


def environment(settings: Settings, name: str) -> str:
    """The environment of that name, whatever its case; the last one if none is named.

    Raises:
        Misconfigured: there is none; names those that there are.
    """
    names = settings.environments
    if not name:
        return names[-1]
    for known in names:
        if known.lower() == name.lower():
            return known
    raise Misconfigured(f"--environment: {name!r} must be one of {', '.join(names)}")


def recorded(settings: Settings, clients: Clients, name: str) -> list[Release]:
    """The releases of an environment, newest first.

    Raises:
        Error: there is no stack.
    """
    bucket = stack.demand(clients, settings.stack_name).outputs["ArtifactBucketName"]
    prefix = f"releases/{name.lower()}/"
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def document(key: str) -> dict[str, Any]:
        return json.loads(clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read())  # type: ignore[no-any-return]

    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
        documents = list(pool.map(document, keys))
    executions = dict.fromkeys(item["execution"] for item in documents)
    found = (
        Release.from_documents(item for item in documents if item["execution"] == execution) for execution in executions
    )
    return sorted(found, key=lambda release: release.time, reverse=True)


def current(clients: Clients, found: Sequence[Release]) -> Release | None:
    """The release that is in place as a whole; None if none is, such as after a deploy that failed half way."""
    complete = [release for release in found if release.complete]
    if not complete:
        return None
    now = _observed(clients, complete[0])
    return next((release for release in complete if release.place == now), None)


def report(settings: Settings, clients: Clients, names: Iterable[str]) -> dict[str, Any]:
    """The releases of environments, as data."""
    return {"environments": [_described(settings, clients, name) for name in names]}


def words(document: dict[str, Any]) -> Iterator[str]:
    """The lines of a report."""
    for told in document["environments"]:
        yield told["name"]
        if told["releases"]:
            yield console.table(_row(release) for release in told["releases"])
        else:
            yield "  no release on record yet"


def _described(settings: Settings, clients: Clients, name: str) -> dict[str, Any]:
    found = recorded(settings, clients, name)
    now = current(clients, found)
    return {
        "name": name,
        "releases": [
            {
                "execution": release.execution,
                "version": release.version,
                "commit": release.commit,
                "time": release.time.isoformat(timespec="milliseconds"),
                "complete": release.complete,
                "current": release is now,
            }
            for release in found
        ],
    }


def _row(release: Mapping[str, Any]) -> list[str]:
    version = release["version"][:_SHORT] if release["commit"] else release["version"]
    time = datetime.fromisoformat(release["time"]).astimezone()
    mark = "current" if release["current"] else "" if release["complete"] else "incomplete"
    return [f"  {release['execution']}", version, release["commit"] or "-", f"{time:%Y-%m-%d %H:%M:%S}", mark]


def _observed(clients: Clients, release: Release) -> Place | None:
    """What is in place where the release was delivered; None if some of it is gone."""
    function, api, site = (release.parts[kind]["given"] for kind in PARTS)
    try:
        alias = clients.functions.get_alias(FunctionName=function["function"], Name=function["alias"])
        stage = clients.apis.get_stage(restApiId=api["api"], stageName=api["stage"])
        config = json.loads(clients.s3.get_object(Bucket=site["bucket"], Key="config.json")["Body"].read())
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _ABSENT:
            return None
        raise
    return Place(
        (_alias(function), alias["FunctionVersion"]),
        (_stage(api), stage["deploymentId"]),
        (site["bucket"], config["version"]),
    )


def _alias(given: Mapping[str, str]) -> str:
    return f"{given['function']}:{given['alias']}"


def _stage(given: Mapping[str, str]) -> str:
    return f"{given['api']}/{given['stage']}"
