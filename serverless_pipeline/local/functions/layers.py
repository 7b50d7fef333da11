"""A function's layers on disk, as Lambda lays them out under /opt.

See https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import task_root

Resolution = tuple[dict[str, Any] | None, Any]
"""What MiniStack knows of the version of a layer, or the answer that refuses it."""


def install() -> None:
    """Refuse the layers of other accounts that are not held here, instead of making them up."""
    seams.RESOLVE_FOREIGN_LAYER.wrap(refusing)


def refusing(resolve: Callable[..., Resolution]) -> Callable[..., Resolution]:
    """The lookup of another account's layer, of which nothing is answered that nobody could run."""

    def resolve_held(arn: str, *place: Any) -> Resolution:  # noqa: ANN401 - MiniStack's
        version, error = resolve(arn, *place)
        if version is None or seams.RESOLVE_LAYER_ZIP(arn) is not None:
            return version, error
        words = f"not authorized to perform: lambda:GetLayerVersion on resource: {arn}: {_NOT_HELD}"
        return None, seams.ERROR_RESPONSE_JSON("AccessDeniedException", words, HTTPStatus.FORBIDDEN.value)

    return resolve_held


def lay(config: Mapping[str, Any], folder: Path) -> Path | None:
    """The folder that holds a function's layers one over the other, below `folder`; None if it has none.

    Raises:
        task_root.Unusable: a layer is not there any more, or is no archive.
    """
    named = [layer if isinstance(layer, str) else layer["Arn"] for layer in config.get("Layers") or []]
    return task_root.unpack_all([_archive(arn) for arn in named], folder) if named else None


_NOT_HELD = "the embedded AWS holds no layers of other accounts; publish it here, or give the function one of its own"


def _archive(arn: str) -> bytes:
    archive: bytes | None = seams.RESOLVE_LAYER_ZIP(arn)
    if archive is None:
        raise task_root.Unusable(f"the layer {arn} is not there")
    return archive
