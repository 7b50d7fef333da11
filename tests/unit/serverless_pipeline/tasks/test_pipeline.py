"""Each word as a user types it: which options it takes, what it calls with them, and in which order."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import pytest
from invoke import Collection, Program

from serverless_pipeline import commands as commands_package
from serverless_pipeline import session
from serverless_pipeline.patience import Patience
from serverless_pipeline.session import Session
from serverless_pipeline.settings import Settings
from serverless_pipeline.tasks import pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SETTINGS = Settings(stack_name="shop")
CLIENTS: Any = "the clients"
HERE = (SETTINGS, CLIENTS)

Call = tuple[str, tuple[Any, ...], dict[str, Any]]


class Commands:
    """The functions of `commands/`, which write down how they are called and answer their own name, or ANSWERS."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[Call] = []
        self.begun: list[tuple[bool, dict[str, str]]] = []
        self.connection = CLIENTS
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(session, "begin", self.begin)
        monkeypatch.setattr(Patience, "towards", lambda clients, **options: (clients, options))

    @contextmanager
    def begin(self, _context: object, *, start: bool, **where: str) -> Iterator[Session]:
        self.begun.append((start, where))
        yield Session(SETTINGS, self.connection)

    def replace(self, names: Sequence[str]) -> None:
        """Let functions be written down: `outputs.read` is that of `serverless_pipeline.commands.outputs`."""
        for name in names:
            module, _, function = name.rpartition(".")
            self._monkeypatch.setattr(import_module(f"serverless_pipeline.commands.{module}"), function, self._of(name))

    def interrupt(self, name: str) -> None:
        """Let the user press Ctrl-C in a function."""

        def interrupted(*_arguments: object, **_options: object) -> None:
            raise KeyboardInterrupt

        self._monkeypatch.setattr(f"serverless_pipeline.commands.{name}", interrupted)

    def _of(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append((name, arguments, options))
            return ANSWERS.get(name, f"<{name}>")

        return call


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Commands:
    monkeypatch.chdir(tmp_path)
    return Commands(monkeypatch)


def type_(words: str) -> int:
    """Type `invoke pipeline.…`; answers the exit code."""
    program = Program(namespace=Collection(pipeline))
    try:
        program.run(["invoke", *f"pipeline.{words}".split()])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def patience(timeout: float | None, again: str) -> tuple[Any, ...]:
    return CLIENTS, {"timeout": timeout, "again": again}


WAIT, WATCH = "invoke pipeline.wait", "invoke pipeline.watch"
FOREVER: tuple[Any, ...] = (CLIENTS, {})

ANSWERS = {"link.publish": ["a link", "another"]}
"""What functions answer whose answer is looked into."""

WORDS: dict[str, list[Call]] = {
    "up": [("up.up", HERE, {"wait": True, "sure": False, "verbose": False})],
    "up --no-wait --yes --verbose": [("up.up", HERE, {"wait": False, "sure": True, "verbose": True})],
    "diff": [("diff.look", (*HERE, ""), {}), ("diff.show", ("<diff.look>", "text"), {"fail": False})],
    "diff --environment test --fail --output json": [
        ("diff.look", (*HERE, "test"), {}),
        ("diff.show", ("<diff.look>", "json"), {"fail": True}),
    ],
    "wait": [
        ("wait.wait", (*HERE, patience(None, WAIT)), {"verbose": False}),
        ("wait.show", ("<wait.wait>",), {}),
    ],
    "wait --timeout 60 --verbose": [
        ("wait.wait", (*HERE, patience(60, WAIT)), {"verbose": True}),
        ("wait.show", ("<wait.wait>",), {}),
    ],
    "status": [("status.describe", HERE, {}), ("status.show", ("<status.describe>", "text"), {})],
    "status --output yaml": [("status.describe", HERE, {}), ("status.show", ("<status.describe>", "yaml"), {})],
    "log": [
        ("log.stack_events", (*HERE, FOREVER, ""), {"follow": False}),
        ("log.show", ("<log.stack_events>",), {}),
    ],
    "log --follow --environment test": [
        ("log.stack_events", (*HERE, FOREVER, "test"), {"follow": True}),
        ("log.show", ("<log.stack_events>",), {}),
    ],
    "log --action Package --follow": [
        ("log.action_lines", (*HERE, FOREVER, "Package"), {"follow": True}),
        ("log.show", ("<log.action_lines>",), {}),
    ],
    "log --action Package": [
        ("log.action_lines", (*HERE, FOREVER, "Package"), {"follow": False}),
        ("log.show", ("<log.action_lines>",), {}),
    ],
    "log --failures": [
        ("log.failure", (*HERE, ""), {}),
        ("log.explain", ("<log.failure>",), {}),
        ("log.show", ("<log.explain>",), {}),
    ],
    "log --failures --environment test": [
        ("log.failure", (*HERE, "test"), {}),
        ("log.explain", ("<log.failure>",), {}),
        ("log.show", ("<log.explain>",), {}),
    ],
    "watch": [
        ("watch.watch", (*HERE, patience(None, WATCH)), {}),
        ("watch.show", ("<watch.watch>",), {}),
    ],
    "watch --timeout 0.5": [
        ("watch.watch", (*HERE, patience(0.5, WATCH)), {}),
        ("watch.show", ("<watch.watch>",), {}),
    ],
    "releases": [
        ("releases.describe", (*HERE, ""), {}),
        ("releases.show", ("<releases.describe>", "text"), {}),
    ],
    "releases --environment test --output json": [
        ("releases.describe", (*HERE, "test"), {}),
        ("releases.show", ("<releases.describe>", "json"), {}),
    ],
    "rollback": [
        ("rollback.choose", (*HERE, "", ""), {}),
        ("rollback.confirm", (*HERE, "<rollback.choose>"), {"sure": False}),
        ("rollback.roll_back", (*HERE, "<rollback.choose>"), {}),
        ("rollback.show", ("<rollback.choose>", "<rollback.roll_back>"), {}),
    ],
    "rollback --environment test --to the-id --yes": [
        ("rollback.choose", (*HERE, "test", "the-id"), {}),
        ("rollback.confirm", (*HERE, "<rollback.choose>"), {"sure": True}),
        ("rollback.roll_back", (*HERE, "<rollback.choose>"), {}),
        ("rollback.show", ("<rollback.choose>", "<rollback.roll_back>"), {}),
    ],
    "recover": [("recover.recover", (*HERE, "", ""), {"sure": False})],
    "recover --environment test --skip Table,Inner/Bucket --yes": [
        ("recover.recover", (*HERE, "test", "Table,Inner/Bucket"), {"sure": True})
    ],
    "stacks": [("stacks.find", HERE, {}), ("stacks.show", ("<stacks.find>",), {})],
    "outputs": [
        ("outputs.read", (*HERE, ""), {}),
        ("outputs.show", ("<outputs.read>", "text"), {"bare": False}),
    ],
    "outputs --name PipelineUrl --output json": [
        ("outputs.read", (*HERE, "PipelineUrl"), {}),
        ("outputs.show", ("<outputs.read>", "json"), {"bare": True}),
    ],
    "open": [("open.find", (*HERE, "pipeline"), {}), ("open.show", ("<open.find>",), {})],
    "open --what stack": [("open.find", (*HERE, "stack"), {}), ("open.show", ("<open.find>",), {})],
    "drift": [("drift.detect", HERE, {}), ("drift.show", ("<drift.detect>", "text"), {"fail": False})],
    "drift --fail --output yaml": [
        ("drift.detect", HERE, {}),
        ("drift.show", ("<drift.detect>", "yaml"), {"fail": True}),
    ],
    "link": [
        ("link.publish", (*HERE, ""), {}),
        ("link.show", ("a link",), {}),
        ("link.show", ("another",), {}),
        ("link.show_end", (), {}),
    ],
    "link --regions eu-west-1,us-east-1": [
        ("link.publish", (*HERE, "eu-west-1,us-east-1"), {}),
        ("link.show", ("a link",), {}),
        ("link.show", ("another",), {}),
        ("link.show_end", (), {}),
    ],
    "lint": [("lint.check", (SETTINGS,), {}), ("lint.show", ("<lint.check>",), {})],
    "policy": [("policy.derive", HERE, {}), ("policy.show", ("<policy.derive>", "json"), {})],
    "policy --output yaml": [("policy.derive", HERE, {}), ("policy.show", ("<policy.derive>", "yaml"), {})],
    "down": [("down.down", (*HERE, ""), {"sure": False, "keep": False, "unprotect": False})],
    "down --environment test --yes --keep-data --unprotect": [
        ("down.down", (*HERE, "test"), {"sure": True, "keep": True, "unprotect": True})
    ],
}


@pytest.mark.parametrize("words", WORDS)
def test_a_word_calls_its_command_with_its_options(commands: Commands, words: str) -> None:
    commands.replace([name for name, *_ in WORDS[words]])

    code = type_(words)

    assert code == 0
    assert commands.calls == WORDS[words]


@pytest.mark.parametrize("words", WORDS)
def test_only_what_needs_nothing_to_be_there_starts_the_embedded_aws(commands: Commands, words: str) -> None:
    commands.replace([name for name, *_ in WORDS[words]])

    type_(words)

    starts = words.split(maxsplit=1)[0] in {"up", "diff"}
    assert commands.begun == [(starts, {"target": "", "stack_name": "", "region": "", "profile": ""})]


class Started:
    """What `run.start` answers."""

    declaration = "the pipeline"
    execution_id = "the-id"


@pytest.mark.parametrize(
    ("words", "timeout"), [("run", None), ("run --timeout 60", 60), ("run --no-wait", "nobody waits")]
)
def test_run_starts_an_execution_and_follows_it_unless_nobody_waits(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, words: str, timeout: Any
) -> None:
    started = Started()
    commands.replace(["run.show", "watch.follow", "watch.show"])
    monkeypatch.setattr("serverless_pipeline.commands.run.start", lambda *here: started if here == HERE else None)

    code = type_(words)

    following: list[Call] = [
        ("watch.follow", (*HERE, "the pipeline", "the-id", patience(timeout, WATCH)), {}),
        ("watch.show", ("<watch.follow>",), {}),
    ]
    assert code == 0
    assert commands.calls == [("run.show", (started,), {}), *([] if timeout == "nobody waits" else following)]


def test_the_status_of_an_aws_that_does_not_run_is_told_with_the_command_that_starts_it(
    commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.connection = None
    commands.replace(["status.describe", "status.show"])

    code = type_("status")

    assert code == 0
    assert commands.calls[0] == ("status.describe", (SETTINGS, None), {})
    assert capsys.readouterr().err == "Missing    The embedded AWS does not run.  Next: invoke pipeline.up\n"


def test_the_status_of_an_aws_that_runs_says_nothing_more(
    commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.replace(["status.describe", "status.show"])

    type_("status")

    assert capsys.readouterr() == ("", "")


def test_where_the_embedded_aws_does_not_run_there_is_nothing_to_delete(
    commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.connection = None
    commands.replace(["down.down"])

    code = type_("down --yes")

    assert (code, commands.calls) == (0, [])
    assert capsys.readouterr().err == "Unchanged  The embedded AWS does not run. There is nothing to delete.\n"


@pytest.mark.parametrize(
    ("words", "function", "message"),
    [
        ("wait", "wait.wait", "Interrupted: the stack's operation goes on.\n  Next: invoke pipeline.wait\n"),
        ("log --failures", "log.failure", "what is logged goes on.\n  Next: invoke pipeline.log --follow\n"),
        (
            "log --environment Test",
            "log.stack_events",
            "what is logged goes on.\n  Next: invoke pipeline.log --follow --environment Test\n",
        ),
        ("log", "log.stack_events", "what is logged goes on.\n  Next: invoke pipeline.log --follow\n"),
        ("run", "run.start", "the execution goes on if it was started.\n  Next: invoke pipeline.watch\n"),
        ("watch", "watch.watch", "the execution goes on.\n  Next: invoke pipeline.watch\n"),
        ("rollback", "rollback.choose", "a rollback that was begun goes on.\n  Next: invoke pipeline.releases\n"),
    ],
)
def test_ctrl_c_says_what_goes_on_and_which_command_attaches_again(
    commands: Commands, capsys: pytest.CaptureFixture[str], words: str, function: str, message: str
) -> None:
    commands.interrupt(function)

    code = type_(words)

    assert code == 130
    assert capsys.readouterr().err.endswith(message)


@pytest.mark.parametrize("words", ["wait", "run", "watch"])
def test_a_timeout_is_a_number_of_seconds(commands: Commands, capsys: pytest.CaptureFixture[str], words: str) -> None:
    code = type_(f"{words} --timeout soon")

    assert code == 2
    assert "--timeout: 'soon' must be a number of seconds" in capsys.readouterr().err
    assert commands.calls == []


@pytest.mark.parametrize("words", ["status", "diff", "releases", "outputs", "drift", "policy"])
def test_a_format_that_there_is_not_is_refused_before_anything_is_opened(
    commands: Commands, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    code = type_(f"{words} --output xml")

    assert (code, commands.begun) == (2, [])
    assert capsys.readouterr().err == "--output: 'xml' must be one of text, json, yaml\n"


def test_the_words_of_the_pipeline_are_there_each_with_a_file_of_its_own() -> None:
    words = (
        "up diff wait status log run watch releases rollback recover stacks outputs open drift link policy lint down"
    )

    files = [module.name for module in iter_modules(commands_package.__path__)]
    assert sorted(pipeline.ns.task_names) == sorted(words.split())
    assert sorted(files) == sorted(words.split())


def test_without_a_word_the_status_is_shown() -> None:
    assert pipeline.ns.default == "status"


def test_every_option_has_help_and_no_letter() -> None:
    arguments = [(name, one) for name, task in pipeline.ns.tasks.items() for one in task.get_arguments()]

    assert [f"{name} --{one.name}" for name, one in arguments if not one.help] == []
    assert [f"{name} --{one.name}" for name, one in arguments if len(one.names) > 1] == []


def test_every_word_says_what_it_does_in_one_sentence() -> None:
    sentences = {name: (task.__doc__ or "").strip() for name, task in pipeline.ns.tasks.items()}

    assert [name for name, text in sentences.items() if not text.endswith(".") or "\n" in text] == []


def test_the_settings_have_their_defaults_in_the_configuration() -> None:
    assert pipeline.ns.configuration() == {"pipeline": Settings.defaults()}
