from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from invoke import Config, Context

from serverless_pipeline import console, session
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings
from serverless_pipeline.tasks.words import WHERE, word

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    return Context(Config(defaults=Config.global_defaults() | {"pipeline": Settings.defaults()}))


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


def test_a_process_that_ran_a_word_ends_without_looking_for_what_it_could_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last: list[object] = []
    monkeypatch.setattr(atexit, "register", last.append)
    monkeypatch.setattr(session, "begin", lambda _, **__: nullcontext(SimpleNamespace(settings=Settings())))

    greet(context())

    assert last == [gc.freeze]


def test_a_word_keeps_its_name_and_its_description() -> None:
    assert greet.name == "greet"
    assert greet.__doc__ == "Greet the stack."
    assert not greet.is_default


def test_a_word_can_be_the_default_and_be_named_as_python_names_something_of_its_own() -> None:
    @word(default=True)
    def open_(here: Session) -> None:
        """Open it."""

    assert open_.name == "open"
    assert open_.is_default
    assert [argument.help for argument in open_.get_arguments()] == list(WHERE.values())


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """With which options sessions were begun."""
    begun: list[dict[str, Any]] = []

    @contextmanager
    def begin(_: Context, **options: Any) -> Iterator[str]:
        begun.append(options)
        yield "here"

    monkeypatch.setattr(session, "begin", begin)
    return begun


@pytest.mark.parametrize("start", [True, False])
def test_a_word_says_whether_it_starts_the_embedded_aws_and_where_it_acts(
    sessions: list[dict[str, Any]], *, start: bool
) -> None:
    @word(start=start, options={"loud": "Say it loudly."})
    def body(here: Any, *, loud: bool = False) -> None:
        sessions.append({"here": here, "loud": loud})

    body(context(), loud=True, target="aws", stack_name="shop", region="eu-west-1", profile="team")

    where = {"target": "aws", "stack_name": "shop", "region": "eu-west-1", "profile": "team"}
    assert sessions == [{"start": start, **where}, {"here": "here", "loud": True}]


def test_where_to_act_need_not_be_said(sessions: list[dict[str, Any]]) -> None:
    @word()
    def body(here: Any) -> None:
        assert here == "here"

    body(context())

    assert sessions == [{"start": False, "target": "", "stack_name": "", "region": "", "profile": ""}]


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
