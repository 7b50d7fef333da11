"""The word `releases`: what was released to each environment, newest first; the JSON is read by other programs.

::

    {"environments": [{"name", "releases": [{"execution", "version", "commit", "time", "complete", "current"}]}]}

`commit` is null where the version is a date; `time` is ISO 8601 in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console, output
from serverless_pipeline.project import environments, releases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.releases import Release
    from serverless_pipeline.settings import Settings

_SHORT = 12


def describe(settings: Settings, clients: Clients, environment: str = "") -> dict[str, Any]:
    """Find out the releases of one environment, or of all.

    Raises:
        Misconfigured: there is no such environment.
        Error: there is no stack, or it has no bucket yet.
    """
    names = [environments.select(settings, environment).name] if environment else settings.environments
    bucket = releases.bucket(settings, clients)
    return {"environments": [_environment(clients, bucket, name) for name in names]}


def show(document: dict[str, Any], form: str) -> None:
    """Print the document as text, JSON or YAML."""
    console.data(output.written(document, form, _lines(document)))


def _environment(clients: Clients, bucket: str, name: str) -> dict[str, Any]:
    history = releases.read(clients, bucket, name)
    current = releases.current(clients, history)
    return {"name": name, "releases": [_release(release, is_current=release is current) for release in history]}


def _release(release: Release, *, is_current: bool) -> dict[str, Any]:
    return {
        "execution": release.execution,
        "version": release.version,
        "commit": release.commit,
        "time": release.time.isoformat(timespec="milliseconds"),
        "complete": release.is_complete,
        "current": is_current,
    }


def _lines(document: dict[str, Any]) -> Iterator[str]:
    for environment in document["environments"]:
        yield environment["name"]
        if environment["releases"]:
            yield console.table(_row(release) for release in environment["releases"])
        else:
            yield "  no release on record yet"


def _row(release: Mapping[str, Any]) -> list[str]:
    version = release["version"][:_SHORT] if release["commit"] else release["version"]
    time = datetime.fromisoformat(release["time"]).astimezone()
    mark = "current" if release["current"] else "" if release["complete"] else "incomplete"
    return [f"  {release['execution']}", version, release["commit"] or "-", f"{time:%Y-%m-%d %H:%M:%S}", mark]
