"""Faults that somebody could make in a line of code: one small change of a module's syntax tree."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[ast.AST], ast.AST | None]
    """The changed node; None where there is nothing of the kind to change."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True)
class Mutation:
    """One change of a module: where, of which kind, and the first line of the code before and after.

    `position` is the number of the changed node in the order of `ast.walk`.
    """

    line: int
    kind: str
    before: str
    after: str
    position: int


def mutations(source: str) -> list[Mutation]:
    """Every mutation of a module in the order of its lines; none of annotations, docstrings and type checking."""
    tree = ast.parse(source)
    passive, inside = _passive(tree), _inside_functions(tree)
    return sorted(
        (
            Mutation(node.lineno, kind, _first_line(node), _first_line(changed), position)
            for position, node in enumerate(ast.walk(tree))
            for kind, change in KINDS.items()
            if isinstance(node, ast.expr | ast.stmt)
            and node not in passive
            and (node in inside or kind not in ONLY_IN_FUNCTIONS)
            and (changed := change(node)) is not None
        ),
        key=lambda mutation: (mutation.line, mutation.position),
    )


def mutate(source: str, mutation: Mutation) -> str:
    """The module with its mutation; the layout of its code is lost, its comments too."""
    tree = ast.parse(source)
    target = next(node for position, node in enumerate(ast.walk(tree)) if position == mutation.position)
    _Replacing(target, KINDS[mutation.kind](target)).visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Replacing(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, target: ast.AST, replacement: ast.AST | None) -> None:
        self._target = target
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST | None:
        return self._replacement if node is self._target else super().generic_visit(node)


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]


def _passive(tree: ast.Module) -> set[ast.AST]:
    """What never runs, or only describes: annotations, lone constants such as docstrings, type-checking blocks."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        roots += [part for name in ("annotation", "returns") if (part := getattr(node, name, None)) is not None]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            roots.append(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            roots.append(node)
    return {node for root in roots for node in ast.walk(root)}


def _inside_functions(tree: ast.Module) -> set[ast.AST]:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node for function in functions for node in ast.walk(function)}


def _flip_comparison(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Compare(left, [first, *rest], others) if type(first) in COMPARISONS:
            return ast.Compare(left, [COMPARISONS[type(first)](), *rest], others)
    return None


def _swap_and_or(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.BoolOp(operator, values):
            return ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
    return None


def _drop_not(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            return ast.Call(ast.Name("bool", ast.Load()), [operand], [])
    return None


def _swap_arithmetic(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in ARITHMETIC:
            return ast.BinOp(left, ARITHMETIC[type(operator)](), right)
    return None


def _flip_boolean(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Constant(bool(value)):
            return ast.Constant(not value)
    return None


def _raise_number(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            return ast.Constant(value + 1)
    return None


def _negate_condition(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.If(test, body, orelse):
            return ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test, body, orelse):
            return ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
    return None


def _return_nothing(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Return(ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            return ast.Return(ast.Constant(None))
    return None


def _drop_call(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Expr(ast.Call() | ast.Await(ast.Call())):
            return ast.Pass()
    return None


def _drop_raise(node: ast.AST) -> ast.AST | None:
    return ast.Pass() if isinstance(node, ast.Raise) else None


def _drop_filter(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() if node.generators[0].ifs:
            unfiltered = copy.copy(node)
            first, *others = node.generators
            unfiltered.generators = [ast.comprehension(first.target, first.iter, [], first.is_async), *others]
            return unfiltered
    return None


KINDS: dict[str, Change] = {
    "comparison": _flip_comparison,
    "and-or": _swap_and_or,
    "not": _drop_not,
    "arithmetic": _swap_arithmetic,
    "boolean": _flip_boolean,
    "number": _raise_number,
    "condition": _negate_condition,
    "return": _return_nothing,
    "call": _drop_call,
    "raise": _drop_raise,
    "filter": _drop_filter,
}
ONLY_IN_FUNCTIONS = {"arithmetic", "call"}
"""At the top of a module, `|` joins types, and a call makes what the module is made of."""
