"""A pipeline in the browser."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def page(world: World, name: str) -> str:
    with urllib.request.urlopen(f"{world.url}/_pipeline/{name}", timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def test_the_page_shows_stages_actions_and_their_status(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")

    shown = page(world, name)

    assert [
        word for word in (name, execution, "Source", "Commit", "Gate", "Succeeded", "InProgress") if word not in shown
    ] == []


def test_whatever_a_function_says_is_shown_as_text(world: World, invoke: Declare) -> None:
    bad = invoke("Bad", world.function(), {"fail": "<script>alert(1)</script>"})
    name, execution = world.create(("Source", [world.source()]), ("Commit", [bad]))
    world.until(name, execution)

    shown = page(world, name)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert(1)" not in shown


def test_a_pipeline_that_is_not_there_has_no_page(world: World) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        page(world, "nobody")
