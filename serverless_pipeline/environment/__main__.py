"""The program that the function runs beside a commit: package its template, if the pipeline was made for its shape.

It gets one word, a JSON object::

    {"template": path, "shape": digest, "bounded": whether a policy bounds every role,
     "reads": [output, …], "values": {environment: path, …},
     "bucket": name, "url": address of the bucket, "folder": where to write}

and leaves in the folder `template.json`, `assets/`, `values/<environment>.json`, `files.json`, which maps the file that
a delivery shall be in the package to what the package task makes in the project, and `deliveries.json`: the logical IDs
of the resources that the deliveries need, and the names of the parts of a release.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.environment import document, packaging, values
from serverless_pipeline.environment import shape as shapes
from serverless_pipeline.environment.nesting import nested
from serverless_pipeline.environment.shape import Shape
from serverless_pipeline.errors import Error, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main(words: Sequence[str]) -> int:
    """Do it; answers the exit code."""
    try:
        write(json.loads(words[0]), Path.cwd())
    except Error as error:
        print(error)  # noqa: T201 - the function shows what the program says
        return error.exit_code
    return 0


def write(order: Mapping[str, Any], root: Path) -> None:
    """Package the template of the project `root`.

    Raises:
        Misconfigured: it is of another shape, lacks an output, or cannot be packaged.
    """
    folder = Path(order["folder"])
    template = document.read(Path(order["template"]), root, bounded=order["bounded"])
    shape = Shape.of(template.body, (inner.body for inner in nested(template, root.resolve())))
    shapes.demand(shape, order["shape"], order["template"])
    _demand_outputs(template.body, order)
    packaging.package(template, root, bucket=order["bucket"], url=order["url"], folder=folder)
    for environment, path in order["values"].items():
        own = values.read(Path(path), root)
        _write(folder / "values" / f"{environment}.json", {"Parameters": own.parameters, "Tags": own.tags})
    packed = [one for one in shape.deliveries if not one.output and not one.task]
    _write(folder / "files.json", {one.file: one.path for one in packed})
    ids = dict.fromkeys(name for one in shape.deliveries for name in one.references)
    _write(folder / "deliveries.json", {"ids": list(ids), "parts": [one.name for one in shape.deliveries]})


def _demand_outputs(body: Mapping[str, Any], order: Mapping[str, Any]) -> None:
    missing = [name for name in order["reads"] if name not in (body.get("Outputs") or {})]
    if missing:
        raise Misconfigured(
            f"The template {order['template']} has no output {', '.join(missing)}, which the pipeline reads",
            hint="bring it back, or mend the setting test_outputs; then invoke pipeline.up",
        )


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, sort_keys=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
