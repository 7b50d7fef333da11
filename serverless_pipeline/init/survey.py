"""What lies in a folder, as far as a pipeline is concerned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from serverless_pipeline.environment import document
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.init import builds, functions, requirements, sites, templates, tests, walk
from serverless_pipeline.init.place import Place
from serverless_pipeline.init.requirements import NODE, PYTEST
from serverless_pipeline.init.templates import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.init.builds import Build
    from serverless_pipeline.init.functions import Function
    from serverless_pipeline.init.requirements import Requirements
    from serverless_pipeline.init.sites import Site
    from serverless_pipeline.init.templates import Code

TEMPLATE = "template.yaml"
"""The template that is written where there is none; the default of the setting."""

_OTHERS = {
    "cdk.json": "an app of CDK: cdk synth makes its template, serverless-pipeline init --template names it",
    "serverless.yml": "a service of the Serverless Framework, which serverless-pipeline does not read",
    "serverless.yaml": "a service of the Serverless Framework, which serverless-pipeline does not read",
}


@dataclass(frozen=True)
class Survey:
    """What lies in a folder; `others` are templates besides the one that is delivered.

    Handlers count only where no template names them, so there are none where there is a template.
    """

    place: Place
    template: Template | None
    others: tuple[PurePosixPath, ...]
    site: Site | None
    builds: tuple[Build, ...]
    functions: tuple[Function, ...]
    tests: PurePosixPath | None
    requirements: Requirements

    @property
    def unbuilt(self) -> list[Code]:
        """The code of the template's functions that has a list of what it requires beside it."""
        return _unbuilt(self.place.folder, self.template)

    def lines(self) -> Iterator[str]:
        """All of it in words, a line for each thing."""
        if self.template:
            yield f"{self.template.path}, {self.template.kind}: {_some(list(self.template.resources))}"
        yield from (f"{path}, a template that is not delivered by itself" for path in self.others)
        if self.site and not self.site.is_built:
            yield f"{'index.html' if self.site.is_scattered else self.site.folder / 'index.html'}, a site"
        yield from (f"{one.folder / one.handler}, a function" for one in self.functions)
        yield from (f"{one.path}: {', '.join(one.commands)}" for one in self.builds)
        if self.tests is not None:
            yield f"{self.tests / 'test_*.py'}, for pytest"


def look(folder: Path, template: str = "") -> Survey:
    """Look at a folder; `template` names the one that is delivered, if somebody chose.

    Raises:
        Misconfigured: there is nothing to deliver, its template cannot be read, or several are as likely.
    """
    place = Place.of(folder)
    everything = templates.find(folder, strict=not template)
    chosen = templates.choose(everything, folder, template) or _unlikely(folder)
    npm = builds.find(folder)
    site = sites.find(place, npm)
    handlers = () if chosen else functions.find(folder)
    if not chosen and not site and not handlers:
        raise Misconfigured(_nothing(folder), hint="add one of them, then serverless-pipeline init")
    found = tests.find(folder)
    needs = [*([PYTEST] if found is not None else []), *([NODE] if npm else [])]
    lists = [one.requirements for one in handlers if one.has_requirements]
    lists += [one.folder / functions.REQUIREMENTS for one in _unbuilt(folder, chosen)]
    return Survey(
        place=place,
        template=chosen,
        others=tuple(one.path for one in everything if chosen and one.path != chosen.path),
        site=site,
        builds=npm,
        functions=handlers,
        tests=found,
        requirements=requirements.find(folder, needs, lists if found is not None else ()),
    )


def _unbuilt(folder: Path, template: Template | None) -> list[Code]:
    code = template.code if template else []
    return [one for one in code if not walk.is_made(one.folder) and functions.has_requirements(folder / one.folder)]


def _unlikely(folder: Path) -> Template | None:
    """A file that is called as a template is, and must be one."""
    if not (folder / TEMPLATE).exists():
        return None
    read = document.read(Path(TEMPLATE), folder)
    return Template(read.path, read.body)


def _nothing(folder: Path) -> str:
    others = [f"\n  {name} is {words}" for name, words in _OTHERS.items() if (folder / name).is_file()]
    return (
        f"There is nothing to deliver in {folder.absolute()}: no template of SAM or CloudFormation, no index.html at "
        f"the top or in public/, site/ or dist/, no Python function handler(event, context).{''.join(others)}"
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")  # noqa: PLR2004
