from __future__ import annotations

import importlib
from importlib import util
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.local import client

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """An interpreter that lacks some packages."""

    def lack(*names: str) -> None:
        find = util.find_spec
        monkeypatch.setattr(util, "find_spec", lambda name, *more: None if name in names else find(name, *more))

    return lack


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("psutil",), "The embedded AWS needs psutil, of the extra `local`."),
        (("psutil", "ministack"), "The embedded AWS needs ministack and psutil, of the extra `local`."),
    ],
)
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    without: Callable[..., None], names: tuple[str, ...], words: str
) -> None:
    without(*names)

    with pytest.raises(Misconfigured) as caught:
        importlib.reload(client)

    command = "pip install 'serverless-pipeline[local]', or uv add 'serverless-pipeline[local]'"
    assert str(caught.value) == f"{words}\n  Next: {command}"


def test_with_all_installed_it_can_be_used(without: Callable[..., None]) -> None:
    without("something else")

    reloaded: Any = importlib.reload(client)

    assert reloaded.missing == []
