"""A function that cannot run here is refused when it is made, by Lambda and by CloudFormation.

MiniStack makes a function of any runtime and answers invocations of those that it cannot run with a made-up success,
and makes a function without code when its archive is not in the bucket.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams

FUNCTION = "AWS::Lambda::Function"
LAYER = "AWS::Lambda::LayerVersion"

Properties = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]


class Refused(Exception):
    """What a function or a layer cannot be made of here; the message is the user's to read."""


def install() -> None:
    """Look before MiniStack makes or changes a function."""
    seams.CREATE_FUNCTION.wrap(creating)
    seams.UPDATE_FUNCTION_CONFIGURATION.wrap(configuring)
    handlers = seams.RESOURCE_HANDLERS.value
    handlers[FUNCTION]["create"] = looking_first(handlers[FUNCTION]["create"], demand, position=1)
    handlers[FUNCTION]["update"] = looking_first(handlers[FUNCTION]["update"], demand, position=2)
    handlers[LAYER]["create"] = looking_first(handlers[LAYER]["create"], demand_layer, position=1)


def creating(create: Callable[[Properties], Response]) -> Callable[[Properties], Response]:
    """CreateFunction, of what can run here."""

    def create_runnable(request: Properties) -> Response:
        return _refusal(request) or create(request)

    return create_runnable


def configuring(update: Callable[[str, Properties], Response]) -> Callable[[str, Properties], Response]:
    """UpdateFunctionConfiguration, to what can run here."""

    def update_runnable(name: str, request: Properties) -> Response:
        return _refusal(request) or update(name, request)

    return update_runnable


def looking_first(
    handle: Callable[..., Any], look: Callable[[Properties], None], *, position: int
) -> Callable[..., Any]:
    """A handler of CloudFormation's; the properties stand at this position of its arguments."""

    def handle_runnable(*arguments: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        look(arguments[position])
        return handle(*arguments)

    return handle_runnable


def demand(function: Properties) -> None:
    """Look whether a function can run here; what a request leaves out is not looked at.

    Raises:
        Refused: its runtime is not Python, it is an image, or its code is not there.
    """
    code = function.get("Code") or {}
    if function.get("PackageType") == "Image" or code.get("ImageUri"):
        raise Refused("The embedded AWS runs no container images; give the function an archive and a Python runtime")
    runtime = str(function.get("Runtime") or "")
    if runtime and not runtime.startswith("python3."):
        raise Refused(
            f"The embedded AWS runs Python functions only, and the runtime is {runtime}; "
            "deliver this function to an account, or leave it out here by a condition"
        )
    _demand_object(code)


def demand_layer(layer: Properties) -> None:
    """Look whether the archive of a layer is there.

    Raises:
        Refused: it is not.
    """
    _demand_object(layer.get("Content") or {})


def _demand_object(place: Properties) -> None:
    bucket, key = place.get("S3Bucket"), place.get("S3Key")
    if not bucket or not key:
        return
    if bucket not in seams.BUCKETS.value:
        raise Refused(_not_read("NoSuchBucket", "The specified bucket does not exist.", bucket, key))
    if seams.OBJECT_DATA(bucket, key, version_id=place.get("S3ObjectVersion")) is None:
        raise Refused(_not_read("NoSuchKey", "The specified key does not exist.", bucket, key))


def _not_read(code: str, message: str, bucket: str, key: str) -> str:
    """Lambda's words, and the object that they are about."""
    return f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message} (s3://{bucket}/{key})"


def _refusal(request: Properties) -> Response | None:
    try:
        demand(request)
    except Refused as error:
        answer: Response = seams.ERROR_RESPONSE_JSON(
            "InvalidParameterValueException", str(error), HTTPStatus.BAD_REQUEST.value
        )
        return answer
    return None
