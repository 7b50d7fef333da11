"""The log of a build in CloudWatch Logs, while it runs, written with the rights of its role; secrets are masked."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

MASK = "***"
LINE_BYTES = 256 * 1024
BATCH_LINES = 1000
PAUSE = 0.2
"""Seconds between two batches."""

SHORTEST_SECRET = 3
"""A shorter value would blot out a log, and is no secret."""


class Log:
    """One log stream; `write` returns at once, `close` when all is stored."""

    def __init__(self, client: Any, group: str, stream: str, secrets: tuple[str, ...] = ()) -> None:  # noqa: ANN401 - a boto3 client
        self._client, self.group, self.stream = client, group, stream
        self._secrets = sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._lines: list[dict[str, Any]] = []
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._store_all, name=f"log of {group}", daemon=True)

    def open(self) -> None:
        """Make the group and the stream where they are missing.

        Raises:
            ClientError: the role may not.
        """
        exists = self._client.exceptions.ResourceAlreadyExistsException
        with suppress(exists):
            self._client.create_log_group(logGroupName=self.group)
        with suppress(exists):
            self._client.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
        self._thread.start()

    def hide(self, secrets: tuple[str, ...]) -> None:
        """Mask these as well."""
        longer = {*self._secrets, *(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)}
        self._secrets = sorted(longer, key=len, reverse=True)

    def mask(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def write(self, line: str) -> None:
        """Store a line with the time of now."""
        text = self.mask(line)[:LINE_BYTES] or " "
        with self._lock:
            self._lines.append({"timestamp": int(time.time() * 1000), "message": text})

    def close(self) -> None:
        """Store what is left."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _store_all(self) -> None:
        while not self._closing.wait(PAUSE):
            self._store()
        self._store()

    def _store(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        for start in range(0, len(lines), BATCH_LINES):
            with suppress(Exception):  # a log that cannot be written ends no build
                self._client.put_log_events(
                    logGroupName=self.group, logStreamName=self.stream, logEvents=lines[start : start + BATCH_LINES]
                )
