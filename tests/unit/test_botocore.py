"""What of botocore the product rests on beyond its documentation, part by part; an upgrade that lacks one fails here.

Documented are `botocore.config`, `exceptions`, `session`, `loaders`, `response` and `stub`
(https://botocore.amazonaws.com/v1/documentation/api/latest/); errors may come from anywhere.
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTED = ("config", "exceptions", "loaders", "response", "session", "stub")

PARTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    # An upload is signed and sent without what lies between (docs/decisions/own-uploader.md).
    "auth.S3SigV4Auth": (("__init__", ("credentials", "service_name", "region_name")), ("add_auth", ("request",))),
    "awsrequest.AWSRequest": (("__init__", ("method", "url", "headers", "data")), ("prepare", ())),
    "httpsession.URLLib3Session": (
        ("__init__", ("timeout", "max_pool_connections", "socket_options")),
        ("send", ("request",)),
    ),
    # An answer that nobody can read is told as such (serverless_pipeline/aws/refusal.py).
    "parsers.ResponseParserError": (),
}
"""By name below `botocore`: the methods that are called, each with its parameters."""

FURTHER = {
    "session.Session": (
        ("register_component", ("name", "component")),
        ("get_component", ("name",)),
        ("set_credentials", ("access_key", "secret_key")),
        ("get_service_model", ("service_name",)),
    ),
    "hooks.HierarchicalEmitter": (
        ("register_first", ("event_name", "handler")),
        ("unregister", ("event_name", "handler")),
    ),
}
"""What is not documented of documented things: the loader of a session, the first of a client's handlers."""


def modules() -> Iterator[Path]:
    for folder in ("serverless_pipeline", "lambdas", "app"):
        yield from (ROOT / folder).rglob("*.py")


def imported(path: Path) -> Iterator[str]:
    """What a module imports of botocore when it runs."""
    for node in ast.walk(Running().visit(ast.parse(path.read_text()))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("botocore"):
            yield from (f"{node.module}.{alias.name}".removeprefix("botocore.") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name.removeprefix("botocore.") for one in node.names if one.name.startswith("botocore."))


class Running(ast.NodeTransformer):
    """Leaves out what is imported for types alone."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)


def test_what_the_product_takes_of_botocore_is_documented_or_listed_here() -> None:
    names = {name for path in modules() for name in imported(path)}

    assert {name for name in names if name.split(".")[0] not in DOCUMENTED} == PARTS.keys()


@pytest.mark.parametrize(
    ("name", "method", "parameters"),
    [(name, *one) for name, methods in (PARTS | FURTHER).items() for one in methods],
)
def test_a_part_of_botocore_takes_what_is_handed_to_it(name: str, method: str, parameters: tuple[str, ...]) -> None:
    signature = inspect.signature(getattr(part(name), method))

    assert set(parameters) <= signature.parameters.keys()


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_botocore_is_there(name: str) -> None:
    assert inspect.isclass(part(name))


def part(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(f"botocore.{module}"), attribute)
