from __future__ import annotations

import subprocess
import sys

import pytest

from serverless_pipeline.init import texts


@pytest.mark.parametrize("margin", [4, 8])
def test_a_line_that_runs_a_command_is_as_ruff_formats_it(margin: int) -> None:
    head = "def f(c):\n" if margin == 4 else "def f(c):\n    if c:\n"
    lines = [texts.run("x" * signs, margin) for signs in range(60, 90)]
    source = f"{head}{chr(10).join(lines)}\n"

    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    done = subprocess.run(command, input=source, text=True, capture_output=True, check=True)

    assert done.stdout == source
    assert {line.count("\n") for line in lines} == {0, 2}


def test_signs_of_a_string_stay_what_they_are() -> None:
    assert texts.run("echo \"ä\" 'b'", 0) == r"""c.run("echo \"ä\" 'b'")"""


def test_a_text_is_rendered_with_its_values() -> None:
    rendered = texts.render("invoke.yaml.j2", {"lines": ["stack_name: shop"]})

    assert rendered.endswith("pipeline:\n  stack_name: shop\n")
