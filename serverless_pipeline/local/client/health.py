"""Whether the embedded AWS answers at its address, and is the process that it should be."""

import contextlib
import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

PATH = "/_local/health"


class Unwell(Exception):
    """It is not there as it should be; the message says what was seen instead."""


def check(url: str, pid: int, seconds: float) -> None:
    """Ask who answers; right after a start the answer comes when the server is ready.

    Raises:
        Unwell: nobody answers in time, or not with the number of the process.
    """
    answer = ask(f"{url}{PATH}", seconds)
    try:
        answering = int(json.loads(answer)["pid"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unwell(f"what answers at {url} is no embedded AWS: {answer[:80]!r}") from error
    if answering != pid:
        raise Unwell(f"process {answering} answers at {url}, not process {pid}")


def ask(url: str, seconds: float) -> bytes:
    """What an address of the embedded AWS answers; no proxy stands between.

    Raises:
        Unwell: it answers nothing, or not that all is well.
    """
    address = urlsplit(url)
    try:
        with contextlib.closing(HTTPConnection(str(address.hostname), address.port, timeout=seconds)) as connection:
            connection.request("GET", address.path)
            response = connection.getresponse()
            if response.status != HTTPStatus.OK:
                raise Unwell(f"{url} does not answer: it says {response.status} {response.reason}")
            return response.read()
    except (OSError, HTTPException, ValueError) as error:
        raise Unwell(f"{url} does not answer: {error}") from error
