"""Whether the embedded AWS answers at its address, and is the process that it should be."""

import json
import urllib.request
from http.client import HTTPException

PATH = "/_local/health"


class Unwell(Exception):
    """It is not there as it should be; the message says what was seen instead."""


def check(url: str, pid: int, seconds: float) -> None:
    """Ask who answers; right after a start the answer comes when the server is ready.

    Raises:
        Unwell: nobody answers in time, or not with the number of the process.
    """
    answer = _ask(f"{url}{PATH}", seconds)
    try:
        answering = int(json.loads(answer)["pid"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unwell(f"what answers at {url} is no embedded AWS: {answer[:80]!r}") from error
    if answering != pid:
        raise Unwell(f"process {answering} answers at {url}, not process {pid}")


def _ask(url: str, seconds: float) -> bytes:
    """No proxy stands between a process here and the embedded AWS."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=seconds) as response:
            body: bytes = response.read()
    except (OSError, HTTPException) as error:
        raise Unwell(f"{url} does not answer: {error}") from error
    return body
