"""A function's layers on disk, as Lambda lays them out under /opt.

See https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import task_root


def lay(config: Mapping[str, Any], folder: Path) -> Path | None:
    """The folder that holds a function's layers one over the other, below `folder`; None if it has none.

    Raises:
        task_root.Unusable: a layer is not there any more, or is no archive.
    """
    named = [layer if isinstance(layer, str) else layer["Arn"] for layer in config.get("Layers") or []]
    return task_root.unpack_all([_archive(arn) for arn in named], folder) if named else None


def _archive(arn: str) -> bytes:
    archive: bytes | None = seams.RESOLVE_LAYER_ZIP(arn)
    if archive is None:
        raise task_root.Unusable(f"the layer {arn} is not there")
    return archive
