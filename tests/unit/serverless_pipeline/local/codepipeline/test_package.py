"""The layers of the package: each knows those that stand further in, and none that stand further out."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "serverless_pipeline" / "local" / "codepipeline"
PRODUCT = "serverless_pipeline."
HERE = "serverless_pipeline.local.codepipeline."
KNOWS: dict[str, set[str]] = {
    "model": set(),
    "providers": {"model"},
    "engine": {"model", "providers"},
    "wire": {"model", "providers", "engine"},
    "webhook_deliveries": {"model", "engine"},
    "page": {"model"},
    "remarks": {"model", "providers"},
    "resource": {"model", "engine", "wire"},
    "bus": {"engine"},
    "targets": {"model", "engine", "wire"},
    "outsiders": {"engine", "wire", "resource"},
    "service": {
        "model",
        "providers",
        "engine",
        "wire",
        "webhook_deliveries",
        "page",
        "remarks",
        "resource",
        "bus",
        "targets",
        "outsiders",
    },
    "__init__": {"service"},
    "__main__": {"providers", "wire"},
}
"""What each part knows of the package, for types too."""

OUTSIDE: dict[str, set[str]] = {
    "model": set(),
    "providers": {
        *("aws", "local.cron", "local.iam.credentials", "local.iam.decisions", "local.repositories"),
        *("local.connections.registry", "local.connections.registry.Connection"),
        *("local.codebuild", "local.codebuild.build", "local.codebuild.buildspec"),
        *("local.codebuild.transfer", "local.codebuild.variables"),
    },
    "engine": {"local.iam.credentials", "local.iam.roles"},
    "wire": {"local.iam.roles", "local.gate.refusal", "local.protocol", "local.protocol.shapes"},
    "webhook_deliveries": set(),
    "page": set(),
    "remarks": set(),
    "resource": set(),
    "bus": {"local.seams"},
    "targets": {"local.seams", "local.iam.decisions", "local.iam.role", "local.iam.trust"},
    "outsiders": set(),
    "service": {"local.seams"},
    "__init__": set(),
    "__main__": set(),
}
"""What each part knows of the rest of the product."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """The package below ours that a module is in, or the module itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[str]:
    """The dotted names that a module imports, in functions and for types too."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(aliases):
                names += [alias.name for alias in aliases]
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                names += [f"{module}.{alias.name}" for alias in aliases]
            case ast.ImportFrom():
                pytest.fail(f"{path} imports relatively")
    return names


def inside(path: Path) -> set[str]:
    """The parts of the package that a module knows."""
    return {name.removeprefix(HERE).split(".")[0] for name in imports(path) if name.startswith(HERE)}


def outside(path: Path) -> list[str]:
    """What a module knows of the rest of the product."""
    return [name.removeprefix(PRODUCT) for name in imports(path) if name.startswith(PRODUCT) and HERE not in name]


def test_every_part_has_its_place() -> None:
    assert {part(path) for path in modules()} == set(KNOWS) == set(OUTSIDE)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_part_knows_only_those_that_stand_further_in(path: Path) -> None:
    assert inside(path) <= {part(path), *KNOWS[part(path)]}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_part_knows_no_more_of_the_product_than_it_needs(path: Path) -> None:
    needs = OUTSIDE[part(path)]

    assert [name for name in outside(path) if not any(f"{name}.".startswith(f"{each}.") for each in needs)] == []


def test_the_layers_have_no_circle() -> None:
    """Peeled from the inside: what knows only what was peeled before is the next layer."""
    layers: list[str] = []
    while rest := {name: inner - set(layers) for name, inner in KNOWS.items() if name not in layers}:
        free = [name for name, inner in rest.items() if not inner]
        assert free, f"a circle among {sorted(rest)}"
        layers += free

    assert layers == [
        "model",
        "providers",
        "page",
        "engine",
        "remarks",
        "wire",
        "webhook_deliveries",
        "bus",
        "resource",
        "targets",
        "__main__",
        "outsiders",
        "service",
        "__init__",
    ]


@pytest.mark.parametrize("path", [path for path in modules() if part(path) == "model"], ids=lambda path: path.stem)
def test_the_model_has_neither_a_clock_nor_aws(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & {"time", "datetime", "boto3", "botocore"}
