"""What the engine announces goes to the default bus of EventBridge, in the account and region of its pipeline.

The engine holds its lock while it announces, and a rule may start a pipeline, so each event waits in a line for the
one thread that delivers them: those of an execution arrive in order.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from queue import SimpleQueue
from typing import TYPE_CHECKING

from serverless_pipeline.local import seams
from serverless_pipeline.local.codepipeline.engine.announcements import SOURCE

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.engine.announcements import Announcement

_logger = logging.getLogger("codepipeline")


class Bus:
    """The line of events; its thread starts with the first of them."""

    def __init__(self) -> None:
        self._events: SimpleQueue[Announcement] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def announce(self, announcement: Announcement) -> None:
        """Let an event be delivered, a little later."""
        self._events.put(announcement)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver, name="codepipeline-events", daemon=True)
                self._thread.start()

    def _deliver(self) -> None:
        while True:
            announcement = self._events.get()
            try:
                publish(announcement)
            except Exception:
                _logger.exception("An event of %s was lost", announcement.pipeline_arn)


def publish(announcement: Announcement) -> None:
    """Put an event on the bus: every rule that matches it gets it, and every archive."""
    scope = announcement.scope
    seams.SET_REQUEST_ACCOUNT_ID(scope.account)
    seams.SET_REQUEST_REGION(scope.region)
    event = {
        "EventId": str(uuid.uuid4()),
        "Source": SOURCE,
        "DetailType": announcement.detail_type,
        "Detail": json.dumps(announcement.detail),
        "EventBusName": "default",
        "Time": int(announcement.time),
        "Resources": [announcement.pipeline_arn],
        "Account": scope.account,
        "Region": scope.region,
    }
    seams.DISPATCH_EVENT(event)
    seams.ARCHIVE_EVENT(event)
