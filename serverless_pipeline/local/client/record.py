"""`.local/aws.json`: which process is the project's embedded AWS, where it listens, and the root key of this start."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.local.modes import Modes


@dataclass(frozen=True)
class Server:
    """An embedded AWS that was started for a project; `started` is UTC, ISO 8601."""

    pid: int
    port: int
    endpoint: Endpoint
    started: str
    modes: Modes = field(default_factory=Modes)


@dataclass(frozen=True)
class Illegible:
    """A record that is there and cannot be read."""

    reason: str


def read(path: Path) -> Server | Illegible | None:
    """The server that was written down, if one was."""
    try:
        return _server(json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        return Illegible(str(error))
    except KeyError as error:
        return Illegible(f"{error} is missing")


def write(path: Path, server: Server) -> None:
    """Write the server down, whole or not at all, readable by the user only."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(_document(server), file, indent=2)
        file.write("\n")
    beside.replace(path)


def _document(server: Server) -> dict[str, Any]:
    endpoint = server.endpoint
    return {
        "pid": server.pid,
        "port": server.port,
        "url": endpoint.url,
        "access_key_id": endpoint.access_key_id,
        "secret_access_key": endpoint.secret_access_key,
        "region": endpoint.region,
        "started": server.started,
        **server.modes.document(),
    }


def _server(document: dict[str, Any]) -> Server:
    endpoint = Endpoint(
        url=str(document["url"]),
        access_key_id=str(document["access_key_id"]),
        secret_access_key=str(document["secret_access_key"]),
        region=str(document["region"]),
        throttles=document.get("eventual", 0) > 0,
    )
    modes = Modes.from_document(document)
    return Server(int(document["pid"]), int(document["port"]), endpoint, str(document["started"]), modes)
