"""An event of S3 that goes to EventBridge says which version of the object it is about; MiniStack's leave it out.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
A rule that starts a pipeline hands that version on, so that the pipeline takes the very object that started it:
https://docs.aws.amazon.com/codepipeline/latest/userguide/create-S3-source-events.html
"""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from serverless_pipeline.local import seams

SOURCE = "aws.s3"

_VERSION: ContextVar[str] = ContextVar("version", default="")
"""The version of the object whose event is being made."""


def install() -> None:
    """Know the version while an event is made, and put it where AWS has it."""
    seams.FIRE_S3_EVENT.wrap(knowing)
    seams.DISPATCH_EVENT.wrap(saying)


def knowing(fire: Callable[..., None]) -> Callable[..., None]:
    """An event of an object, made while its version is known."""

    def fire_with_version(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as MiniStack's
        token = _VERSION.set(options.get("version_id") or "")
        try:
            fire(*arguments, **options)
        finally:
            _VERSION.reset(token)

    return fire_with_version


def saying(dispatch: Callable[..., None]) -> Callable[..., None]:
    """An event for a bus, with the version in its detail if it is one of S3."""

    def dispatch_with_version(event: Mapping[str, Any], *others: Any) -> None:  # noqa: ANN401 - as MiniStack's
        version = _VERSION.get()
        if version and event.get("Source") == SOURCE:
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = {**event, "Detail": json.dumps(detail)}
        dispatch(event, *others)

    return dispatch_with_version
