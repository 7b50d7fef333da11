"""A function that cannot run here is refused when it is made, by Lambda and by CloudFormation.

MiniStack makes a function of any runtime, answers invocations of those that it cannot run with a made-up success, and
makes a function without code when its archive is not in the bucket.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import lifecycle, programs

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
    handlers[FUNCTION]["create"] = looking_first(handlers[FUNCTION]["create"], demand_new, position=1)
    handlers[FUNCTION]["update"] = looking_first(handlers[FUNCTION]["update"], demand, position=2)
    handlers[LAYER]["create"] = looking_first(handlers[LAYER]["create"], demand_layer, position=1)


def creating(create: Callable[[Properties], Response]) -> Callable[[Properties], Response]:
    """CreateFunction, of what can run here."""

    def create_runnable(request: Properties) -> Response:
        return _refusal(demand_new, request) or create(request)

    return create_runnable


def configuring(update: Callable[[str, Properties], Response]) -> Callable[[str, Properties], Response]:
    """UpdateFunctionConfiguration, to what can run here."""

    def update_runnable(name: str, request: Properties) -> Response:
        return _refusal(demand, request) or update(name, request)

    return update_runnable


def looking_first(
    handle: Callable[..., Any], look: Callable[[Properties], None], *, position: int
) -> Callable[..., Any]:
    """A handler of CloudFormation's; the properties stand at this position of its arguments."""

    def handle_runnable(*arguments: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        look(arguments[position])
        return handle(*arguments)

    return handle_runnable


def demand_new(function: Properties) -> None:
    """Look whether a function can be made here.

    Raises:
        Refused: as `demand`, or Lambda would not make it any more, or lacks its runtime or handler.
    """
    _demand_archive(function)
    if not function.get("Runtime") or not function.get("Handler"):
        raise Refused("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    _demand(function, lifecycle.CREATE)


def demand(function: Properties) -> None:
    """Look whether a function can run here; what a request leaves out is not looked at.

    Raises:
        Refused: nothing here runs its runtime, Lambda knows none of the name, it is an image, or its code is not there.
    """
    _demand_archive(function)
    _demand(function, lifecycle.UPDATE)


def _demand(function: Properties, block: lifecycle.Block) -> None:
    runtime = str(function.get("Runtime") or "")
    if reason := runtime and (lifecycle.refusal(runtime, block) or programs.missing(runtime)):
        raise Refused(reason)
    _demand_object(function.get("Code") or {})


def _demand_archive(function: Properties) -> None:
    if function.get("PackageType") == "Image" or (function.get("Code") or {}).get("ImageUri"):
        raise Refused("The embedded AWS runs no container images; give the function an archive and a runtime")


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


def _refusal(look: Callable[[Properties], None], request: Properties) -> Response | None:
    try:
        look(request)
    except Refused as error:
        answer: Response = seams.ERROR_RESPONSE_JSON(
            "InvalidParameterValueException", str(error), HTTPStatus.BAD_REQUEST.value
        )
        return answer
    return None
