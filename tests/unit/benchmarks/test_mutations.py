from __future__ import annotations

import ast

import pytest

from benchmarks.mutations import Mutation, mutate, mutations


def mutants(source: str) -> list[tuple[str, str]]:
    """Kind and code of every mutant of a module."""
    return [(one.kind, mutate(source, one).strip()) for one in mutations(source)]


@pytest.mark.parametrize(
    ("source", "kind", "mutant"),
    [
        ("a == b", "comparison", "a != b"),
        ("a != b", "comparison", "a == b"),
        ("a < b", "comparison", "a <= b"),
        ("a <= b", "comparison", "a < b"),
        ("a > b", "comparison", "a >= b"),
        ("a >= b", "comparison", "a > b"),
        ("a in b", "comparison", "a not in b"),
        ("a not in b", "comparison", "a in b"),
        ("a is b", "comparison", "a is not b"),
        ("a is not b", "comparison", "a is b"),
        ("a < b < c", "comparison", "a <= b < c"),
        ("a and b", "and-or", "a or b"),
        ("a or b", "and-or", "a and b"),
        ("not a", "not", "bool(a)"),
        ("a if b else c", "condition", "a if not b else c"),
        ("True", "boolean", "False"),
        ("False", "boolean", "True"),
        ("3", "number", "4"),
        ("0.5", "number", "1.5"),
        ("[a for a in b if c]", "filter", "[a for a in b]"),
        ("{a for a in b if c}", "filter", "{a for a in b}"),
        ("{a: a for a in b if c}", "filter", "{a: a for a in b}"),
        ("list((a for a in b if c for d in a if e))", "filter", "list((a for a in b for d in a if e))"),
    ],
)
def test_an_expression_has_the_mutant_of_its_kind(source: str, kind: str, mutant: str) -> None:
    assert mutants(f"x = {source}") == [(kind, f"x = {mutant}")]


@pytest.mark.parametrize(
    ("source", "mutant"),
    [
        ("a + b", "a - b"),
        ("a - b", "a + b"),
        ("a * b", "a // b"),
        ("a // b", "a * b"),
        ("a / b", "a * b"),
        ("a % b", "a * b"),
        ("a | b", "a & b"),
        ("a & b", "a | b"),
    ],
)
def test_arithmetic_is_swapped_inside_functions_only(source: str, mutant: str) -> None:
    assert mutants(f"x = {source}") == []
    assert mutants(f"def f():\n    x = {source}") == [("arithmetic", f"def f():\n    x = {mutant}")]


@pytest.mark.parametrize(
    ("source", "kind", "mutant"),
    [
        ("if a:\n        b = c", "condition", "if not a:\n        b = c"),
        ("return a", "return", "return None"),
        ("a()", "call", "pass"),
        ("await a()", "call", "pass"),
        ("raise a", "raise", "pass"),
    ],
)
def test_a_statement_has_the_mutant_of_its_kind(source: str, kind: str, mutant: str) -> None:
    assert mutants(f"async def f():\n    {source}") == [(kind, f"async def f():\n    {mutant}")]


@pytest.mark.parametrize(
    "source",
    [
        "a = b",
        "a()",
        "x = 'text'",
        "x = a ** b",
        '"""A docstring of 3 lines."""',
        "3",
        "x: Literal[3]",
        "def f(a: Literal[3]) -> Literal[4]:\n    pass",
        "def f():\n    return",
        "def f():\n    return None",
        "if TYPE_CHECKING:\n    x = 3",
        "x = [a for a in b for c in a if d]",
    ],
)
def test_what_never_runs_or_is_no_fault_has_no_mutant(source: str) -> None:
    assert mutants(source) == []


def test_a_mutation_says_where_it_is_and_how_the_code_begins_before_and_after() -> None:
    source = "a = 1\n\nif b:\n    c = d\n"

    number, condition = mutations(source)

    assert (number.line, number.kind, number.before, number.after) == (1, "number", "1", "2")
    assert (condition.line, condition.kind, condition.before, condition.after) == (3, "condition", "if b:", "if not b:")


def test_mutations_come_in_the_order_of_their_lines() -> None:
    source = "def f():\n    if a == 1:\n        return 2\nb = 3\n"

    assert [mutation.line for mutation in mutations(source)] == [2, 2, 2, 3, 3, 4]


def test_a_mutant_differs_in_its_mutation_alone() -> None:
    source = "a = 1 + 1\nb = 1\n"
    first, second, third = mutations(source)

    codes = [ast.unparse(ast.parse(mutate(source, mutation))) for mutation in (first, second, third)]

    assert codes == ["a = 2 + 1\nb = 1", "a = 1 + 2\nb = 1", "a = 1 + 1\nb = 2"]
    assert isinstance(first, Mutation)
