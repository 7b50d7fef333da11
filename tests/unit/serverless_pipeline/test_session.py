from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from invoke import Config, Context

from serverless_pipeline import session
from serverless_pipeline.errors import Error, Interrupted, Misconfigured
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder in which no embedded AWS runs."""
    monkeypatch.chdir(tmp_path)


def context(**section: object) -> Context:
    return Context(Config(defaults={"pipeline": Settings.defaults()}, overrides={"pipeline": section}))


def test_the_first_line_is_said_before_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    with session.opened(context(stack_name="shop")):
        pass

    assert capsys.readouterr() == ("", "local  000000000000  us-east-1  stack shop\n")


def test_an_option_names_another_stack(capsys: pytest.CaptureFixture[str]) -> None:
    with session.opened(context(stack_name="shop"), stack_name="other") as here:
        assert here.settings.stack_name == "other"

    assert "stack other" in capsys.readouterr().err


def test_an_embedded_aws_that_does_not_run_is_not_started(tmp_path: Path) -> None:
    with session.opened(context()) as here:
        assert here.reached is None

    assert list(tmp_path.iterdir()) == []


def test_what_needs_an_aws_names_the_command_that_starts_it() -> None:
    with session.opened(context()) as here, pytest.raises(Error, match=r"does not run\.\n  Next: invoke pipeline\.up"):
        _ = here.clients


def test_the_mistakes_of_the_configuration_come_first() -> None:
    with pytest.raises(Misconfigured, match="port"), session.opened(context(port="many")):
        pass


def test_the_embedded_aws_runs_functions_with_the_python_of_the_laptop() -> None:
    from serverless_pipeline.local.functions import runtime

    with session.opened(context(runtime="python3.99")) as here:
        assert (here.settings.runtime, here.settings.architecture) == runtime.identity()


def test_a_refusal_of_aws_ends_in_words() -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeStacks")

    with pytest.raises(Error, match="not you") as caught, session.opened(context()):
        raise refusal

    assert caught.value.code == 1


def test_ctrl_c_ends_in_words() -> None:
    with pytest.raises(Interrupted) as caught, session.opened(context()):
        raise KeyboardInterrupt

    assert caught.value.code == 130


@pytest.mark.parametrize(("written", "expected"), [("false", False), ("true", True), ("0", False)])
def test_a_boolean_of_the_environment_counts_as_written(
    monkeypatch: pytest.MonkeyPatch, written: str, *, expected: bool
) -> None:
    monkeypatch.setenv("INVOKE_PIPELINE_APPROVAL", written)
    c = context(approval=True)
    c.config.load_shell_env()

    assert session.settings(c).approval is expected
