from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from invoke import Config, Context

from serverless_pipeline import console
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings
from serverless_pipeline.tasks.words import WHERE, word

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.session import Session


@word(options={"loud": "Say it loudly."})
def greet(here: Session, *, loud: bool = False) -> None:
    """Greet the stack."""
    name = here.settings.stack_name
    console.data(name.upper() if loud else name)


@pytest.fixture(autouse=True)
def empty_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def context() -> Context:
    return Context(Config(defaults={"pipeline": Settings.defaults()}))


def test_a_word_takes_its_own_options_and_those_that_say_where_each_with_help_and_without_a_letter() -> None:
    arguments = greet.get_arguments()

    assert [argument.names for argument in arguments] == [
        ("loud",),
        ("target",),
        ("stack-name",),
        ("region",),
        ("profile",),
    ]
    assert [argument.name for argument in arguments if not argument.help] == []


def test_a_word_keeps_its_name_and_its_description() -> None:
    assert greet.name == "greet"
    assert greet.__doc__ == "Greet the stack."


def test_the_body_gets_a_session_and_its_own_options(capsys: pytest.CaptureFixture[str]) -> None:
    greet(context(), loud=True, stack_name="shop")

    assert capsys.readouterr() == ("SHOP\n", "local  000000000000  us-east-1  stack shop\n")


@word(options={"output": "text, json or yaml (default: text)."})
def describe(here: Session, *, output: str = "text") -> None:
    """Say in which format."""
    del here
    console.data(output)


def test_a_format_is_handed_on(capsys: pytest.CaptureFixture[str]) -> None:
    describe(context(), output="yaml")

    assert capsys.readouterr().out == "yaml\n"


def test_a_format_that_there_is_not_is_refused_before_anything_is_opened(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Misconfigured, match="--output: 'xml' must be one of"):
        describe(context(), output="xml")

    assert capsys.readouterr() == ("", "")


def test_each_way_to_say_where_is_a_setting() -> None:
    assert WHERE.keys() <= Settings.defaults().keys()
