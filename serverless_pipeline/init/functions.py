"""Handlers of Lambda in Python, for a project that has no template yet.

What a handler is: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from serverless_pipeline.init import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIREMENTS = "requirements.txt"

_NAMES = ("lambda_handler", "handler")
_PARAMETERS = 2
_ANSWER = "statusCode"
"""What a function returns to an API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html."""
_NO_PARTS = re.compile(r"tasks|tests?|setup|conftest|noxfile|test_.*|.*_test")
_LONGEST = 40
_WITHOUT_MEANING = ("lambda", "function")


@dataclass(frozen=True)
class Function:
    """A function: the folder with its code, its handler as Lambda names it, and a name for it.

    Where its code lies at the top of the project, `parts` are the modules and packages that belong to it.
    """

    folder: PurePosixPath
    handler: str
    name: str
    answers_http: bool = False
    has_requirements: bool = False
    parts: tuple[str, ...] = ()

    @property
    def is_built(self) -> bool:
        """Whether its code has to be put together before it is delivered."""
        return self.has_requirements or bool(self.parts)

    @property
    def code(self) -> PurePosixPath:
        """Where its code lies then."""
        return PurePosixPath("dist") / self.name.lower() if self.is_built else self.folder

    @property
    def requirements(self) -> PurePosixPath:
        return self.folder / REQUIREMENTS


def find(root: Path) -> tuple[Function, ...]:
    """The functions of a project, each under a name of its own."""
    handlers = {path: handler for path in walk.files(root, ".py") if (handler := _handler(root, path))}
    functions: dict[str, Function] = {}
    for path, handler in handlers.items():
        has_siblings = sum(other.parent == path.parent for other in handlers) > 1
        name = next(name for name in _names(path, has_siblings=has_siblings) if name not in functions)
        functions[name] = _function(root, path, handler, name)
    return tuple(functions.values())


def has_requirements(folder: Path) -> bool:
    """Whether something is required; comments alone require nothing."""
    lines = walk.text(folder / REQUIREMENTS).splitlines()
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def _handler(root: Path, path: PurePosixPath) -> str:
    """What a module calls its handler; empty if it has none."""
    source = walk.text(root / path)
    if walk.is_aside(path) or not any(f"def {name}(" in source for name in _NAMES):
        return ""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return ""
    defined = [node for node in body if isinstance(node, ast.FunctionDef) and len(node.args.args) == _PARAMETERS]
    return next((node.name for node in defined if node.name in _NAMES), "")


def _function(root: Path, path: PurePosixPath, handler: str, name: str) -> Function:
    source = walk.text(root / path)
    folder = _top(root, path.parent) if _is_in_package(source, path) else path.parent
    return Function(
        folder=folder,
        handler=".".join((*path.relative_to(folder).with_suffix("").parts, handler)),
        name=name,
        answers_http=_ANSWER in source,
        has_requirements=has_requirements(root / folder),
        parts=() if folder.parts else tuple(_parts(root)),
    )


def _is_in_package(source: str, path: PurePosixPath) -> bool:
    """Whether a module imports by the name of its package, or from beside it."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return any(one.level or (one.module or "").split(".")[0] == path.parent.name for one in imports)


def _top(root: Path, folder: PurePosixPath) -> PurePosixPath:
    """The folder in which the outermost of its packages lies."""
    while folder.parts and (root / folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _names(path: PurePosixPath, *, has_siblings: bool) -> Iterator[str]:
    """Names in PascalCase by what tells a module from others: its folder, itself, the way to it, at last a number."""
    folder = path.parent.name
    yield from (_pascal(words) for words in ([path.stem] if has_siblings or not folder else [folder, path.stem]))
    yield (whole := _pascal(str(path.with_suffix(""))))
    yield from (f"{whole}{number}" for number in count(2))


def _pascal(words: str) -> str:
    parts = (part for part in re.findall(r"[A-Za-z0-9]+", words) if part not in _WITHOUT_MEANING)
    return ("".join(part[:1].upper() + part[1:] for part in parts).lstrip("0123456789") or "Main")[:_LONGEST]


def _parts(root: Path) -> list[str]:
    """The modules and packages at the top of a project."""
    modules = (path.name for path in root.glob("*.py") if not _NO_PARTS.fullmatch(path.stem))
    packages = (path.parent.name for path in root.glob("*/__init__.py") if not _NO_PARTS.fullmatch(path.parent.name))
    return sorted((*modules, *packages))
