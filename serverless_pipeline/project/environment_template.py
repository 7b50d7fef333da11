"""The template of the environments as it lies in the project, and what follows from it for the pipeline."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.environment import document, nesting
from serverless_pipeline.environment.shape import Shape
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import environments
from serverless_pipeline.settings.variables import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.environment.document import Document
    from serverless_pipeline.settings import Settings


@dataclass(frozen=True)
class EnvironmentTemplate:
    """The template and its shape, and the templates that it nests."""

    document: Document
    shape: Shape
    nested: tuple[Document, ...] = ()

    @property
    def body(self) -> Mapping[str, Any]:
        return self.document.body

    @property
    def bodies(self) -> tuple[Mapping[str, Any], ...]:
        """Itself and what it nests."""
        return (self.body, *(one.body for one in self.nested))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return tuple(self.body.get("Outputs") or {})

    @property
    def digest(self) -> str:
        """What tells it from another, in hex."""
        return hashlib.sha256(json.dumps(self.bodies, sort_keys=True).encode()).hexdigest()

    def test_outputs(self, settings: Settings) -> dict[str, str]:
        """The outputs that the test task finds in its environment, by variable."""
        address = environments.address(self.outputs)
        return ({ADDRESS: address} if address else {}) | dict(settings.test_outputs)

    def mistakes(self, settings: Settings) -> Iterator[str]:
        """Settings that do not fit the template, in words."""
        declared = self.body.get("Parameters") or {}
        for name in settings.parameters:
            if name.rpartition(".")[2] not in declared:
                yield f"parameters: the template {settings.template} has no parameter {name.rpartition('.')[2]}"
        for variable, output in settings.test_outputs.items():
            if output not in self.outputs:
                yield f"test_outputs: {variable}={output}, and the template {settings.template} has no such output"


def read(settings: Settings) -> EnvironmentTemplate:
    """Read the template that the settings name.

    Raises:
        Misconfigured: it is not there, is no template, or does not fit the settings; names all that does not.
    """
    template = document.read(Path(settings.template), Path.cwd(), bounded=bool(settings.permissions_boundary))
    below = tuple(nesting.nested(template, Path.cwd().resolve()))
    environment = EnvironmentTemplate(template, Shape.of(template.body, (one.body for one in below)), below)
    if mistakes := list(environment.mistakes(settings)):
        listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise Misconfigured(f"The settings do not fit the template:\n{listed}", hint="mend invoke.yaml")
    return environment
