"""The schema of a resource type, out of those that cfn-lint ships.

cfn-lint reads a schema in milliseconds, but takes most of a second to be imported, for which the first resource of the
first stack would wait. So its files are read as they lie: a table of types for a region, and a file for each schema.
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from serverless_pipeline.settings import LOCAL_REGION

Schema = dict[str, Any]


@cache
def of(kind: str) -> Schema | None:
    """The schema of a type, as `AWS::S3::Bucket`; None of what has none, such as a type of the user's own."""
    if (name := _files().get(kind)) is None:
        return None
    schema: Schema = json.loads((_folder() / "resources" / f"{name}.json").read_text())
    return schema


@cache
def _files() -> dict[str, str]:
    table: dict[str, str] = json.loads((_folder() / "providers" / f"{LOCAL_REGION}.json").read_text())
    return table


@cache
def _folder() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("cfn-lint is not installed: its schemas say what a resource may be")
    return Path(spec.origin).parent / "data" / "schemas"
