from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError
from invoke import Config, Context

from serverless_pipeline import aws, interpreters, session
from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Error, Interrupted, Misconfigured, NoCredentials
from serverless_pipeline.local.client import server
from serverless_pipeline.local.client.record import Server
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.settings import Settings
from tests.support import ROOT

ENDPOINT = Endpoint("http://127.0.0.1:4660", "AKIAEXAMPLE", "secret")
HEADLINE = "local  000000000000  us-east-1  stack shop\n"
REFUSAL = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeStacks")


@pytest.fixture(autouse=True)
def laptop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A laptop without credentials, and a folder in which no embedded AWS runs."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("AWS_", "INVOKE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded AWS that runs."""
    monkeypatch.setattr(server, "find", lambda: Server(1, 4660, ENDPOINT, "2026-01-01T00:00:00+00:00"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which an embedded AWS was started."""
    starts: list[Settings] = []

    def ensure(settings: Settings, **_: object) -> Endpoint:
        starts.append(settings)
        return ENDPOINT

    monkeypatch.setattr(server, "ensure", ensure)
    return starts


def context(**section: object) -> Context:
    return Context(
        Config(defaults=Config.global_defaults() | {"pipeline": Settings.defaults()}, overrides={"pipeline": section})
    )


def test_the_first_line_is_said_before_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    with session.begin(context(stack_name="shop")):
        pass

    assert capsys.readouterr() == ("", HEADLINE)


def test_an_option_names_another_stack(capsys: pytest.CaptureFixture[str]) -> None:
    with session.begin(context(stack_name="shop"), stack_name="other") as here:
        assert here.settings.stack_name == "other"

    assert "stack other" in capsys.readouterr().err


def test_an_embedded_aws_that_does_not_run_is_not_started(tmp_path: Path, started: list[Settings]) -> None:
    with session.begin(context()) as here:
        assert here.connection is None

    assert started == []
    assert list(tmp_path.iterdir()) == []


def test_it_is_started_for_a_task_that_needs_it(started: list[Settings], capsys: pytest.CaptureFixture[str]) -> None:
    with session.begin(context(stack_name="shop", runtime="python3.99"), start=True) as here:
        assert here.clients.endpoint == ENDPOINT

    assert [settings.stack_name for settings in started] == ["shop"]
    assert capsys.readouterr().err == f"{HEADLINE}Started    the embedded AWS at http://127.0.0.1:4660\n"


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("start", [True, False])
def test_one_that_runs_is_used(started: list[Settings], capsys: pytest.CaptureFixture[str], *, start: bool) -> None:
    with session.begin(context(stack_name="shop"), start=start) as here:
        assert here.clients.endpoint == ENDPOINT

    assert started == []
    assert capsys.readouterr().err == HEADLINE


def test_what_needs_an_aws_names_the_command_that_starts_it() -> None:
    with session.begin(context()) as here, pytest.raises(Error, match=r"does not run\.\n  Next: invoke pipeline\.up"):
        _ = here.clients


def test_the_mistakes_of_the_configuration_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Misconfigured, match="port"), session.begin(context(port="many")):
        pass

    assert capsys.readouterr().err == ""


@pytest.fixture
def pythons(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The versions that this laptop is asked for; it has Python 3.98."""
    asked: list[str] = []

    def find(version: str) -> object:
        asked.append(version)
        return object() if version == "3.98" else None

    monkeypatch.setattr(interpreters, "find", find)
    monkeypatch.setattr(session, "start_server", lambda _: ENDPOINT)
    return asked


@pytest.mark.usefixtures("pythons")
@pytest.mark.parametrize(("chosen", "taken"), [("python3.98", "python3.98"), ("python3.99", runtime.identity()[0])])
def test_the_embedded_aws_runs_functions_with_the_python_of_the_settings_or_the_laptops(
    chosen: str, taken: str
) -> None:
    with session.begin(context(runtime=chosen, architecture="arm64"), start=True) as here:
        assert (here.settings.runtime, here.settings.architecture) == (taken, runtime.identity()[1])


def test_a_word_that_plans_nothing_looks_for_no_python(pythons: list[str]) -> None:
    with session.begin(context(runtime="python3.98")) as here:
        assert here.settings.runtime == runtime.identity()[0]

    assert pythons == []


def test_an_account_is_said_with_its_digits_and_keeps_its_runtime(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = aws.Clients(aws.connect(Settings(), ENDPOINT).session, ENDPOINT)
    monkeypatch.setattr(aws, "connect", lambda _: clients)

    with session.begin(context(target="aws", stack_name="shop", runtime="python3.99"), start=True) as here:
        assert here.clients is clients
        assert here.settings.runtime == "python3.99"

    assert capsys.readouterr().err == "aws  000000000000  us-east-1  stack shop\n"


def test_an_account_without_credentials_is_not_reached() -> None:
    with pytest.raises(NoCredentials), session.begin(context(target="aws", region="eu-west-1")):
        pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (REFUSAL, f"AWS did not do what was asked: {REFUSAL}"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
            'AWS did not do what was asked: Could not connect to the endpoint URL: "http://127.0.0.1:1"',
        ),
        (ResponseParserError("no XML"), "The answer of AWS was not understood: no XML"),
        (
            json.JSONDecodeError("no JSON", "", 0),
            "The answer of AWS was not understood: no JSON: line 1 column 1 (char 0)",
        ),
    ],
)
def test_what_nobody_expected_of_aws_ends_in_words(error: Exception, words: str) -> None:
    with pytest.raises(Error) as caught, session.begin(context()):
        raise error

    assert caught.value.message == f"{words}\n  Next: invoke pipeline.status"
    assert caught.value.code == 1
    assert caught.value.__cause__ is error


def test_ctrl_c_ends_in_words() -> None:
    with pytest.raises(Interrupted) as caught, session.begin(context()):
        raise KeyboardInterrupt

    assert caught.value.message == "Interrupted.\n  Next: invoke pipeline.status"
    assert caught.value.code == 130


def test_a_mistake_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), session.begin(context()):
        raise ZeroDivisionError


def test_a_task_about_the_embedded_aws_acts_there_whatever_the_target(capsys: pytest.CaptureFixture[str]) -> None:
    with session.begin_local(context(target="aws", stack_name="shop")) as settings:
        assert settings == Settings(stack_name="shop")

    assert capsys.readouterr().err == HEADLINE


@pytest.mark.parametrize(
    ("held", "word", "expected"),
    [
        (True, "false", False),
        (False, "true", True),
        (True, "0", False),
        (True, None, True),
    ],
)
def test_a_boolean_of_the_environment_counts_as_written(
    monkeypatch: pytest.MonkeyPatch, held: object, word: str | None, *, expected: bool
) -> None:
    c = context(approval=held)
    if word is not None:
        monkeypatch.setenv("INVOKE_PIPELINE_APPROVAL", word)
    c.config.load_shell_env()

    assert session.read_settings(c).approval is expected


def test_a_boolean_of_the_environment_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    c = context(approval=True)
    monkeypatch.setenv("INVOKE_PIPELINE_APPROVAL", "perhaps")

    with pytest.raises(Misconfigured, match="approval: 'perhaps' must be true or false"):
        session.read_settings(c)


def test_only_settings_are_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOKE_PIPELINE_STACK_NAME", "not merged by Invoke")

    assert session.read_settings(context(stack_name="shop")).stack_name == "shop"


def test_an_error_that_is_in_words_already_is_told_without_loading_boto3() -> None:
    code = (
        "import sys; from serverless_pipeline import errors, session\n"
        "try:\n"
        "    with session.explain_failures(): raise errors.Misconfigured('off')\n"
        "except errors.Misconfigured: print('boto3' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "False\n"


def test_neither_boto3_nor_the_embedded_aws_are_loaded_before_a_task_needs_them() -> None:
    code = "import sys; import serverless_pipeline.session; print([name for name in sys.modules if name in sys.argv])"
    heavy = ["boto3", "botocore", "rich", "jinja2", "cfnlint", "serverless_pipeline.local"]

    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize("tasks", ["tasks.py", "tasks/__init__.py"])
def test_a_word_typed_in_a_folder_of_the_project_acts_at_its_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tasks: str
) -> None:
    (tmp_path / tasks).parent.mkdir(exist_ok=True)
    (tmp_path / tasks).touch()
    (tmp_path / "app" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "app" / "deep")

    with session.begin(context()):
        in_a_word = Path.cwd()
    with session.begin_local(context()):
        in_a_word_about_the_embedded_aws = Path.cwd()

    assert {in_a_word, in_a_word_about_the_embedded_aws} == {tmp_path}
    assert Path.cwd() == tmp_path / "app" / "deep"


def test_the_root_is_the_nearest_folder_with_tasks_of_the_name_that_invoke_looks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "services" / "api"
    (inner / "tasks").mkdir(parents=True)
    for path in (tmp_path / "tasks.py", tmp_path / "services" / "build.py"):
        path.touch()
    monkeypatch.chdir(inner)
    defaults = Config.global_defaults()

    assert session.root(Context(Config(defaults=defaults))) == tmp_path
    assert session.root(Context(Config(overrides={"tasks": {"collection_name": "build"}}))) == tmp_path / "services"
    (inner / "tasks.py").touch()
    assert session.root(Context(Config(defaults=defaults))) == inner


def test_with_tasks_from_elsewhere_the_root_is_the_working_directory(tmp_path: Path) -> None:
    assert session.root(Context(Config(overrides={"tasks": {"collection_name": "nowhere"}}))) == tmp_path
