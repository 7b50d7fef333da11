from __future__ import annotations

import pytest
from invoke import Collection, Config, Context, Executor, task

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings

GITHUB = {"source": "github", "target": "aws", "repository": "owner/name", "connection_arn": "arn:aws:x"}


def test_nothing_chosen_gives_the_defaults() -> None:
    assert Settings.from_config({}) == Settings()


def test_the_defaults_as_invoke_holds_them_read_as_the_defaults() -> None:
    assert Settings.from_config(Settings.defaults()) == Settings()


def test_an_option_of_the_command_line_comes_last() -> None:
    chosen = Settings.from_config({"stack_name": "from-file"}, stack_name="from-option")

    assert chosen.stack_name == "from-option"


def test_an_option_that_was_not_given_changes_nothing() -> None:
    assert Settings.from_config({"stack_name": "from-file"}, stack_name="").stack_name == "from-file"


def test_all_mistakes_are_told_together() -> None:
    section = {"stack_nmae": "shop", "port": "many", "memory": 64, "environments": "test,Test", "target": "moon"}

    with pytest.raises(Misconfigured) as caught:
        Settings.from_config(section)

    told = [line.removeprefix("  - ").partition(":")[0] for line in str(caught.value.message).splitlines()[1:-1]]
    assert told == ["stack_nmae", "port", "target", "memory", "environments", "environments"]


def test_a_misspelt_key_names_the_one_that_was_meant() -> None:
    with pytest.raises(Misconfigured, match=r"stack_nmae: there is no such setting; did you mean stack_name\?"):
        Settings.from_config({"stack_nmae": "shop"})


def test_a_key_unlike_any_other_gets_no_suggestion() -> None:
    with pytest.raises(Misconfigured) as caught:
        Settings.from_config({"zzz": 1})

    assert "zzz: there is no such setting\n" in str(caught.value.message)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("stack_name", 5, "text"),
        ("branch", None, "text"),
        ("port", "many", "a whole number"),
        ("port", True, "a whole number"),
        ("memory", 1.5, "a whole number"),
        ("approval", "perhaps", "true or false"),
        ("approval", 1, "true or false"),
    ],
)
def test_a_wrong_type_is_named_with_the_right_one(name: str, value: object, kind: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Settings.from_config({name: value})

    assert f"{name}: {value!r} must be {kind}" in str(caught.value.message)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shift", "canary:10"),
        ("shift", "linear:10:0"),
        ("shift", "blue:10:5"),
        ("alarms", "errors"),
        ("stack_name", "Shop"),
        ("stack_name", "shop-"),
        ("stack_name", "s" * 29),
        ("stack_name", ""),
        ("target", "moon"),
        ("source", "svn"),
        ("architecture", "sparc"),
        ("runtime", "nodejs22.x"),
        ("port", 65536),
        ("port", -1),
        ("memory", 511),
        ("memory", 10241),
        ("environments", ""),
        ("environments", "Test, 2nd"),
        ("environments", "Test,TEST"),
    ],
)
def test_a_value_without_sense_is_named(name: str, value: object) -> None:
    with pytest.raises(Misconfigured, match=f"- {name}: "):
        Settings.from_config({name: value})


@pytest.mark.parametrize("name", ["repository", "connection_arn"])
def test_github_needs_a_repository_and_a_connection(name: str) -> None:
    with pytest.raises(Misconfigured, match=f"- {name}: "):
        Settings.from_config(GITHUB | {name: ""}).check_source()


def test_a_mistake_of_the_source_is_told_together_with_the_others() -> None:
    with pytest.raises(
        Misconfigured, match=r"3 mistakes[\s\S]*- repositry: [\s\S]*- repository: [\s\S]*- connection_arn"
    ):
        Settings.from_config({"target": "aws", "repositry": "owner/name"})


def test_a_source_that_is_well_described_passes() -> None:
    settings = Settings.from_config(GITHUB)

    settings.check_source()

    assert settings.source_kind == "github"


def test_the_embedded_aws_refuses_github() -> None:
    with pytest.raises(Misconfigured, match="cannot reach GitHub"):
        Settings.from_config(GITHUB | {"target": "local"}).check_source()


@pytest.mark.parametrize(("target", "kind"), [("local", "working-tree"), ("aws", "github")])
def test_the_target_suggests_the_source(target: str, kind: str) -> None:
    assert Settings(target=target).source_kind == kind


def test_environments_are_read_from_a_comma_string_and_from_a_list() -> None:
    text = Settings.from_config({"environments": "Test, Stage,Prod"})
    listed = Settings.from_config({"environments": ["Test", "Stage", "Prod"]})

    assert text.environment_names == listed.environment_names == ("Test", "Stage", "Prod")


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("INVOKE_PIPELINE_STACK_NAME", "shop", "stack_name", "shop"),
        ("INVOKE_PIPELINE_PORT", "0", "port", 0),
        ("INVOKE_PIPELINE_MEMORY", "4096", "memory", 4096),
        ("INVOKE_PIPELINE_APPROVAL", "true", "approval", True),
        ("INVOKE_PIPELINE_APPROVAL", "false", "approval", False),
        ("INVOKE_PIPELINE_ENVIRONMENTS", "Test,Stage,Prod", "environments", "Test,Stage,Prod"),
    ],
)
def test_the_environment_overrides_a_setting(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)

    assert getattr(settings_of_a_task(), name) == expected


def test_a_wrong_type_in_the_environment_is_a_mistake_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOKE_PIPELINE_PORT", "many")

    with pytest.raises(Misconfigured, match="port: 'many' must be a whole number"):
        settings_of_a_task()


def settings_of_a_task() -> Settings:
    """What a task sees when Invoke has merged the defaults and the environment."""
    seen: list[Settings] = []

    @task
    def look(c: Context) -> None:
        seen.append(Settings.from_config(c.config.pipeline))

    namespace = Collection(look)
    namespace.configure({"pipeline": Settings.defaults()})
    Executor(namespace, Config()).execute("look")
    return seen[0]
