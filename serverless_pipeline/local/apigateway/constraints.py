"""What API Gateway does not take into a REST API, though OpenAPI lets it be written.

Names of models are alphanumeric. A parameter is a whole part of a path, one among its siblings; a greedy one is the
last part: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html. HTTP APIs have
other rules.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_MODEL = re.compile(r"[a-zA-Z0-9]+")
_PART = re.compile(r"[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._-]+\+?\}")
_NOT_A_PART = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable "
    "and curly braces at the beginning and the end"
)


def refusals(document: Mapping[str, Any]) -> list[str]:
    """What an import refuses of a document, model by model and path by path; a path is refused for its first fault."""
    return [*_models(document), *_resources(document)]


def _models(document: Mapping[str, Any]) -> Iterator[str]:
    models = (document.get("components") or {}).get("schemas") or document.get("definitions") or {}
    for name in models:
        if not _MODEL.fullmatch(str(name)):
            yield f"Unable to create model for '{name}': Model name must be alphanumeric: {name}"


def _resources(document: Mapping[str, Any]) -> Iterator[str]:
    variables: dict[str, str] = {}
    for path in document["paths"]:
        if fault := next(_faults(str(path), variables), ""):
            yield f"Unable to create resource at path '{path}': {fault}"


def _faults(path: str, variables: dict[str, str]) -> Iterator[str]:
    """What is wrong with the parts of a path; `variables` are those of the paths before it, by what stands above."""
    above, used = "", set[str]()
    for part in filter(None, path.split("/")):
        if not _PART.fullmatch(part):
            yield _NOT_A_PART
        if above.endswith("+}"):
            yield f"Cannot create a child of a resource with a greedy path variable: {above.rpartition('/')[2]}"
        if part.startswith("{"):
            sibling = variables.setdefault(above, part)
            if sibling != part:
                yield (
                    f"A sibling ({sibling}) of this resource already has a variable path part -- only one is allowed"
                )
            if part.strip("{+}") in used:
                yield f"The variable path part {part} is used more than once"
            used.add(part.strip("{+}"))
        above = f"{above}/{part}"
