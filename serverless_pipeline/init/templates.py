"""The templates of AWS that lie in a project: SAM or CloudFormation, the likeliest of them first."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from serverless_pipeline.environment import delivery, document, places
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.init import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USUAL = (
    *("template.yaml", "template.yml", "template.json", "template.yaml.j2", "template.yml.j2"),
    *("sam.yaml", "sam.yml", "cloudformation.yaml", "cloudformation.yml", "cloudformation.json"),
    *("stack.yaml", "stack.yml", "stack.json"),
)
"""Names under which templates go, the most usual first."""

_SUFFIXES = (".yaml", ".yml", ".json", ".template", ".yaml.j2", ".yml.j2")
_MARKS = ("Resources", "AWS::")
_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_ADDRESS = re.compile(r"https?://|WebsiteURL|FunctionUrl|ApiEndpoint")


@dataclass(frozen=True)
class Code:
    """The folder with a function's code, by its path in the project; runtime and architecture if they are written."""

    folder: PurePosixPath
    runtime: str
    architecture: str


@dataclass(frozen=True)
class Template:
    """A template by its path in the project, and what stands in it."""

    path: PurePosixPath
    body: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return "SAM" if "AWS::Serverless" in str(self.body.get("Transform")) else "CloudFormation"

    @property
    def resources(self) -> Mapping[str, Any]:
        return self.body["Resources"]  # type: ignore[no-any-return]  # a document has them

    @property
    def outputs(self) -> Mapping[str, Any]:
        return self.body.get("Outputs") or {}

    @property
    def addresses(self) -> list[str]:
        """The outputs whose value looks like the address of something that answers."""
        return [name for name, output in self.outputs.items() if _ADDRESS.search(str(output))]

    @property
    def undecided(self) -> list[str]:
        """The parameters that have no default, and that the pipeline knows no value for."""
        declared = self.body.get("Parameters") or {}
        names = (name for name in declared if name not in delivery.PIPELINE_PARAMETERS)
        return [name for name in names if isinstance(declared[name], dict) and "Default" not in declared[name]]

    @property
    def has_site(self) -> bool:
        return any(one.type == "s3" for one in delivery.read(self.body))

    @property
    def code(self) -> list[Code]:
        """Where the code of its functions lies, each folder once."""
        shared = _mapping(_mapping(self.body.get("Globals")).get("Function"))
        code: dict[PurePosixPath, Code] = {}
        for place in places.find(self.body):
            name, _, key = place.where.partition(".")
            if key in ("CodeUri", "Code") and _mapping(self.resources.get(name)).get("Type") in _FUNCTIONS:
                own = {**shared, **place.holder}
                folder = self._below(own.get(key))
                code.setdefault(folder, Code(folder, _text(own.get("Runtime")), _architecture(own)))
        return list(code.values())

    @property
    def nested(self) -> Iterator[PurePosixPath]:
        """The templates that it brings along."""
        for place in places.find(self.body):
            if place.rule.content == "template" and isinstance(place.value, str):
                yield self._below(place.value)

    def _below(self, path: object) -> PurePosixPath:
        """A path that the template names, from the project's root."""
        return PurePosixPath(os.path.normpath(self.path.parent / str(path or ".")))


def find(folder: Path, *, strict: bool = True) -> tuple[Template, ...]:
    """Every template below a folder, the likeliest first; those that cannot be read are left out if not `strict`.

    Raises:
        Misconfigured: one with a usual name cannot be read; names the line and what is wrong there.
    """
    paths = walk.files(folder, *_SUFFIXES)
    templates = [template for path in paths if (template := _read(folder, path, strict=strict))]
    nested = {path for template in templates for path in template.nested}
    return tuple(sorted(templates, key=lambda template: (*_rank(template, nested), str(template.path))))


def choose(templates: Sequence[Template], folder: Path, named: str = "") -> Template | None:
    """The template that is named, else the likeliest; None if there is none.

    Raises:
        Misconfigured: there is no such template, or several are as likely.
    """
    if named:
        return _template(document.read(Path(named), folder))
    nested = {path for template in templates for path in template.nested}
    best = [one for one in templates if _rank(one, nested) == _rank(templates[0], nested)]
    if len(best) > 1:
        listed = "\n".join(f"  {one.path}  {one.kind}, {', '.join(list(one.resources)[:3])}" for one in best)
        raise Misconfigured(
            f"{len(best)} templates here may be the one that is delivered:\n{listed}", hint=_choosing(best[0].path)
        )
    return best[0] if best else None


def _choosing(path: PurePosixPath) -> str:
    there = f"cd {path.parent} && serverless-pipeline init, or " if path.parts[1:] else ""
    return f"{there}serverless-pipeline init --template {path}"


def _rank(template: Template, nested: set[PurePosixPath]) -> tuple[object, ...]:
    """What is delivered is nested in nothing, no test's, no pipeline itself, usually called so, and lies on top."""
    name, depth = template.path.name, len(template.path.parts)
    is_pipeline = any(_mapping(one).get("Type") == "AWS::CodePipeline::Pipeline" for one in template.resources.values())
    usual = USUAL.index(name) if name in USUAL else len(USUAL)
    return template.path in nested, walk.is_aside(template.path), is_pipeline, usual == len(USUAL), depth, usual


def _read(folder: Path, path: PurePosixPath, *, strict: bool) -> Template | None:
    """The template in a file, None if the file is something else."""
    written = walk.text(folder / path)
    if not all(mark in written for mark in _MARKS):
        return None
    try:
        template = _template(document.read(Path(path), folder))
    except Misconfigured:
        if strict and path.name in USUAL and not walk.is_aside(path):
            raise
        return None  # a chart, a test's, half of something: not what anybody would call a template
    types = (_mapping(one).get("Type") for one in template.resources.values())
    return template if any(str(kind).startswith("AWS::") for kind in types) else None


def _template(read: document.Document) -> Template:
    return Template(read.path, read.body)


def _architecture(function: Mapping[str, Any]) -> str:
    """Lambda's own default is x86_64: https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html."""
    match function.get("Architectures", ["x86_64"]):
        case [str(name)]:
            return name
    return ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
