from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from typing import Any

import pytest
from invoke import Collection, Config, Context, Executor, task

from serverless_pipeline import functions
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import (
    LOCAL_REGION,
    S3,
    GitHub,
    InvalidSettings,
    Settings,
    Shift,
    Undescribed,
    WorkingTree,
)

CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/5d2c8e6e"
GITHUB = {"source": "github", "target": "aws", "repository": "owner/name", "connection_arn": CONNECTION}
CANARY = Shift("canary", 10, Decimal(5))

LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:node:3"
NO_TOOL = "must be a folder or a zip in the project, or the ARN of a layer's version"


def test_the_defaults_as_invoke_wants_them_are_text() -> None:
    assert Settings.defaults() == {
        "target": "local",
        "stack_name": "serverless-pipeline",
        "region": "",
        "profile": "",
        "port": "4566",
        "local_eventual": "0",
        "local_block_public_access": "false",
        "local_sandbox": "automatic",
        "local_concurrency": "100",
        "local_codepipeline_timing": "",
        "local_repositories": "",
        "local_stub_providers": "false",
        "source": "",
        "repository": "",
        "branch": "main",
        "connection_arn": "",
        "source_bucket": "",
        "source_key": "source/source.zip",
        "folder": "",
        "requirements": "requirements.txt",
        "package_task": "package",
        "package_env": "",
        "package_secrets": "",
        "test_task": "test-functional",
        "test_env": "",
        "test_secrets": "",
        "test_outputs": "",
        "tasks_before_delivery": "",
        "tasks_after_test": "",
        "template": "template.yaml",
        "template_configuration": "",
        "parameters": "",
        "environment_policy": "",
        "data_loss": "refuse",
        "environments": "Test,Prod",
        "approval": "false",
        "shift": "",
        "alarms": "",
        "runtime": "python3.13",
        "architecture": "arm64",
        "memory": "2048",
        "tools": "",
        "tags": "",
        "service_role": "",
        "permissions_boundary": "",
        "termination_protection": "false",
    }


def test_the_embedded_aws_has_one_region() -> None:
    assert LOCAL_REGION == "us-east-1"


@pytest.mark.parametrize("section", [{}, Settings.defaults()])
def test_nothing_chosen_gives_the_defaults(section: dict[str, str]) -> None:
    assert Settings.from_config(section) == Settings()


def test_what_is_read_has_types() -> None:
    settings = Settings.from_config(
        {
            "target": "aws",
            "port": "0",
            "local_sandbox": "bubblewrap",
            "local_concurrency": "10",
            "local_codepipeline_timing": "answer=60, look=0.5",
            "source": "s3",
            "source_bucket": "theirs",
            "environments": "Test, Stage,Prod",
            "approval": "yes",
            "shift": "canary:10:5",
            "alarms": "errors,slow",
            "tags": "Team=shop",
            "template": "app/environment.yml",
            "parameters": "Size=1,Prod.Size=2",
            "test_outputs": "TARGET_URL=Url",
            "tasks_before_delivery": "migrate,Test.seed",
            "data_loss": "allow",
        }
    )

    assert settings == Settings(
        target="aws",
        port=0,
        local_sandbox="bubblewrap",
        local_concurrency=10,
        local_codepipeline_timing={"answer": "60", "look": "0.5"},
        source=S3("theirs"),
        environments=("Test", "Stage", "Prod"),
        approval=True,
        shift=CANARY,
        alarms=("errors", "slow"),
        tags={"Team": "shop"},
        template="app/environment.yml",
        parameters={"Size": "1", "Prod.Size": "2"},
        test_outputs={"TARGET_URL": "Url"},
        tasks_before_delivery=("migrate", "Test.seed"),
        data_loss="allow",
    )


def test_an_option_of_the_command_line_comes_last() -> None:
    assert Settings.from_config({"stack_name": "from-file"}, stack_name="from-option").stack_name == "from-option"


@pytest.mark.parametrize("option", ["", None])
def test_an_option_that_was_not_given_changes_nothing(option: str | None) -> None:
    assert Settings.from_config({"stack_name": "from-file"}, stack_name=option).stack_name == "from-file"


def test_all_mistakes_are_told_together() -> None:
    section = {"stack_nmae": "shop", "port": "many", "memory": 64, "environments": "test,Test", "target": "moon"}

    assert mistakes_of(section) == [
        "stack_nmae: there is no such setting; did you mean stack_name?",
        "port: 'many' must be a whole number",
        "target: 'moon' must be one of local, aws",
        "memory: 64 must be 512 to 10240 MB",
        "environments: 'test' must be 1 to 16 letters and digits, starting with a capital",
        "environments: 'test,Test' names one of them twice",
    ]


@pytest.mark.parametrize(
    ("name", "value", "mistake"),
    [
        ("target", "moon", "'moon' must be one of local, aws"),
        ("architecture", "sparc", "'sparc' must be one of arm64, x86_64"),
        ("stack_name", "Shop", "'Shop' must be 1 to 28 of a-z, 0-9 and -, starting with a letter"),
        ("stack_name", "shop-", "'shop-' must be 1 to 28 of a-z, 0-9 and -, starting with a letter"),
        ("stack_name", "1shop", "'1shop' must be 1 to 28 of a-z, 0-9 and -, starting with a letter"),
        ("stack_name", "s" * 29, f"'{'s' * 29}' must be 1 to 28 of a-z, 0-9 and -, starting with a letter"),
        ("stack_name", "", "'' must be 1 to 28 of a-z, 0-9 and -, starting with a letter"),
        ("runtime", "nodejs22.x", "'nodejs22.x' must be a Python runtime of Lambda, python3.11 or newer"),
        ("runtime", "python3.10", "'python3.10' must be a Python runtime of Lambda, python3.11 or newer"),
        ("port", 65536, "65536 must be 0 (any free one) to 65535"),
        ("port", -1, "-1 must be 0 (any free one) to 65535"),
        ("local_sandbox", "docker", "'docker' must be one of automatic, required, bubblewrap, namespaces, none"),
        ("local_sandbox", "", "'' must be one of automatic, required, bubblewrap, namespaces, none"),
        ("local_concurrency", 0, "0 must be 1 to 1000 functions at once"),
        ("local_repositories", {"app": "x"}, "app=x must be owner/name=path of a git repository"),
        ("local_repositories", {"ada/app": ""}, "ada/app= must be owner/name=path of a git repository"),
        ("local_concurrency", 1001, "1001 must be 1 to 1000 functions at once"),
        (
            "local_codepipeline_timing",
            {"lunch": "60"},
            "'lunch' must be one of answer, action, approval, continuation, look, detect",
        ),
        ("tools", ("../node",), f"'../node' {NO_TOOL}"),
        (
            "tools",
            ("/opt/node",),
            f"'/opt/node' {NO_TOOL}",
        ),
        (
            "tools",
            (LAYER[:-2],),
            f"{LAYER[:-2]!r} {NO_TOOL}",
        ),
        ("tools", tuple("abcdef"), "6 are more than the 5 layers of a function; lay some together"),
        ("tools", ("node", "node"), "'node,node' names one of them twice"),
        ("memory", 511, "511 must be 512 to 10240 MB"),
        ("memory", 10241, "10241 must be 512 to 10240 MB"),
        ("alarms", ("errors",), "they need a shift, such as canary:10:5; without one nothing looks at them"),
        ("environments", (), "name at least one, such as Test,Prod"),
        ("environments", ("Test", "2nd"), "'2nd' must be 1 to 16 letters and digits, starting with a capital"),
        ("environments", ("E" * 17,), f"'{'E' * 17}' must be 1 to 16 letters and digits, starting with a capital"),
        ("environments", ("Test", "TEST"), "'Test,TEST' names one of them twice"),
        (
            "environments",
            ("Run", "Prod"),
            "'Run' is how something of the pipeline's own begins; choose another",
        ),
        ("data_loss", "perhaps", "'perhaps' must be one of refuse, allow"),
        ("template", "", "it must name the template of the environments, such as template.yaml"),
        ("template", "../template.yaml", "'../template.yaml' must be a path in the project"),
        ("template", "/template.yaml", "'/template.yaml' must be a path in the project"),
        ("environment_policy", "/etc/policy", "'/etc/policy' must be a path in the project"),
        ("template_configuration", "../{environment}", "'../{environment}' must be a path in the project"),
        (
            "template_configuration",
            "values.json",
            "'values.json' must name each environment, as values/{environment}.json does",
        ),
        ("parameters", {"Live.Size": "1"}, "'Live.Size' must be the name of a parameter, or <environment>.<name>"),
        ("parameters", {"prod.Size": "1"}, "'prod.Size' must be the name of a parameter, or <environment>.<name>"),
        ("parameters", {"My-Size": "1"}, "'My-Size' must be the name of a parameter, or <environment>.<name>"),
        ("parameters", {"Prod.": "1"}, "'Prod.' must be the name of a parameter, or <environment>.<name>"),
        ("tasks_before_delivery", ("a b",), "'a b' must be the name of a task, or <environment>.<task>"),
        ("tasks_after_test", ("Prod.-x",), "'Prod.-x' must be the name of a task, or <environment>.<task>"),
        ("test_outputs", {"1": "Url"}, "'1' cannot be the name of an environment variable"),
        (
            "tags",
            {"aws:x": "y"},
            "'aws:x=y' must be 1 to 128 and 0 to 256 letters, digits, spaces or _.:/=+-@, not aws: first",
        ),
        ("service_role", "deployer", "'deployer' must be the ARN of a role, arn:aws:iam::123456789012:role/name"),
        (
            "permissions_boundary",
            "arn:aws:iam::1:policy/bounds",
            "'arn:aws:iam::1:policy/bounds' must be the ARN of a policy, arn:aws:iam::123456789012:policy/name",
        ),
    ],
)
def test_settings_cannot_be_while_they_are_invalid(name: str, value: Any, mistake: str) -> None:
    with pytest.raises(InvalidSettings) as construction:
        Settings(**{name: value})
    with pytest.raises(InvalidSettings) as replacement:
        replace(Settings(), **{name: value})

    assert construction.value.mistakes == replacement.value.mistakes == (f"{name}: {mistake}",)
    assert mistakes_of({name: value}) == [f"{name}: {mistake}"]


def test_no_environment_begins_as_what_the_pipeline_is_made_of() -> None:
    """The rights of an environment are bounded to names that begin with its stack's, and a hyphen."""
    own = {*functions.ALL, "artifactbucket-1"}
    beginnings = {name.rpartition("-")[0] for one in own for name in _beginnings(one)}

    for beginning in beginnings:
        with pytest.raises(InvalidSettings):
            Settings(environments=(beginning.title(), "Prod"))
    assert beginnings == {"run", "report", "artifactbucket"}


def _beginnings(name: str) -> list[str]:
    """A name as far as each of its hyphens; that of an environment has none itself."""
    first, hyphen, _ = name.partition("-")
    return [f"{first}-"] if hyphen else []


def test_settings_stay_as_they_were_made() -> None:
    settings: Any = Settings()

    with pytest.raises(FrozenInstanceError):
        settings.port = -1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stack_name", "s"),
        ("stack_name", "s" + "-1" * 13 + "x"),
        ("runtime", "python3.11"),
        ("architecture", "x86_64"),
        ("port", 0),
        ("port", 65535),
        ("local_sandbox", "required"),
        ("local_sandbox", "namespaces"),
        ("local_sandbox", "none"),
        ("local_concurrency", 1),
        ("local_concurrency", 1000),
        ("local_codepipeline_timing", {"answer": "60"}),
        ("memory", 512),
        ("tools", (LAYER, "tools/node", "graphviz.zip")),
        ("tools", tuple("abcde")),
        ("memory", 10240),
        ("environments", ("E" * 16, "Prod2")),
        ("environments", ("Runs", "Reports")),
        ("template", "a/b.c/template.yml.j2"),
        ("template_configuration", "{environment}/values.yaml"),
        ("environment_policy", "policies/environment.json"),
        ("parameters", {"Size": "", "Prod.Size": "a,b"}),
        ("tasks_before_delivery", ("migrate", "db.migrate", "Test.seed", "_x-1")),
        ("tasks_after_test", ("Prod.load-test",)),
        ("test_outputs", {"TARGET_URL": "Url"}),
        ("package_task", ""),
        ("test_task", ""),
        ("requirements", ""),
        ("service_role", "arn:aws-cn:iam::123456789012:role/team/deployer"),
        ("permissions_boundary", "arn:aws:iam::aws:policy/PowerUserAccess"),
        ("permissions_boundary", "arn:aws:iam::123456789012:policy/team/bounds"),
    ],
)
def test_what_stands_at_the_limit_is_taken(name: str, value: Any) -> None:
    assert getattr(Settings(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_role", "arn:aws:iam::1:role/deployer"),
        ("service_role", "arn:aws:iam::123456789012:policy/x"),
        ("permissions_boundary", "arn:aws:iam::123456789012:role/bounds"),
    ],
)
def test_what_is_no_arn_of_its_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidSettings, match=rf"{name}: '{value}' must be the ARN of a"):
        Settings(**{name: value})


def test_alarms_that_a_shift_looks_at_are_taken() -> None:
    assert Settings(shift=CANARY, alarms=("errors",)).alarms == ("errors",)


@pytest.mark.parametrize(("target", "source"), [("local", WorkingTree()), ("aws", Undescribed)])
def test_the_target_suggests_the_source(target: str, source: object) -> None:
    chosen = Settings.from_config({"target": target}).source

    assert source in (chosen, type(chosen))


def test_a_source_that_is_well_described_is_there_for_who_demands_it() -> None:
    settings = Settings.from_config(GITHUB)

    assert settings.source == settings.demand_source() == GitHub("owner/name", CONNECTION, "main")


def test_a_source_that_is_not_described_matters_only_to_who_demands_it() -> None:
    settings = Settings.from_config({"target": "aws"})

    with pytest.raises(InvalidSettings) as caught:
        settings.demand_source()

    assert caught.value.mistakes == (
        "repository: '' must be owner/name, since the source is github",
        "connection_arn: the source is github; give the ARN of a connection (Developer Tools > Connections)",
    )


def test_mistakes_of_the_source_are_told_together_with_the_others_and_after_them() -> None:
    assert [mistake.partition(":")[0] for mistake in mistakes_of({"target": "aws", "repositry": "x", "memory": 1})] == [
        "repositry",
        "memory",
        "repository",
        "connection_arn",
    ]


def test_a_target_that_is_not_there_says_nothing_about_a_source() -> None:
    assert mistakes_of({"target": "moon"}) == ["target: 'moon' must be one of local, aws"]


def test_the_embedded_aws_refuses_github_where_it_is_demanded() -> None:
    settings = Settings.from_config(GITHUB | {"target": "local"})

    with pytest.raises(Misconfigured, match="the embedded AWS cannot reach GitHub"):
        settings.demand_source()


def test_github_cannot_be_the_source_of_the_embedded_aws_by_accident() -> None:
    with pytest.raises(InvalidSettings) as caught:
        replace(Settings.from_config(GITHUB), target="local")

    assert caught.value.mistakes == ("source: the embedded AWS cannot reach GitHub; choose working-tree or s3",)


@pytest.mark.parametrize(("target", "local"), [("local", True), ("aws", False)])
def test_one_target_is_the_laptop(target: Any, *, local: bool) -> None:
    assert Settings(target=target).is_local is local


def test_the_stacks_own_tag_comes_with_the_chosen_ones() -> None:
    assert Settings(stack_name="shop", tags={"Team": "a"}).stack_tags == {"Application": "shop", "Team": "a"}


def test_settings_can_be_told_apart_and_used_as_keys() -> None:
    assert Settings(tags={"Team": "a"}) != Settings(tags={"Team": "b"})
    assert hash(Settings(tags={"Team": "a"})) == hash(Settings(tags={"Team": "a"}))


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("INVOKE_PIPELINE_STACK_NAME", "shop", "stack_name", "shop"),
        ("INVOKE_PIPELINE_PORT", "0", "port", 0),
        ("INVOKE_PIPELINE_LOCAL_SANDBOX", "none", "local_sandbox", "none"),
        ("INVOKE_PIPELINE_LOCAL_CONCURRENCY", "10", "local_concurrency", 10),
        ("INVOKE_PIPELINE_LOCAL_CODEPIPELINE_TIMING", "answer=60", "local_codepipeline_timing", {"answer": "60"}),
        ("INVOKE_PIPELINE_MEMORY", "4096", "memory", 4096),
        ("INVOKE_PIPELINE_APPROVAL", "true", "approval", True),
        ("INVOKE_PIPELINE_APPROVAL", "false", "approval", False),
        ("INVOKE_PIPELINE_ENVIRONMENTS", "Test,Stage,Prod", "environments", ("Test", "Stage", "Prod")),
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


def mistakes_of(section: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_config(section)
    return list(caught.value.mistakes)


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


@pytest.mark.parametrize("folder", ["", "api", "services/api", ".hidden/a..b"])
def test_a_folder_is_one_of_the_repository(folder: str) -> None:
    assert Settings(folder=folder).folder == folder


@pytest.mark.parametrize("folder", ["/api", "..", "../api", "services/../api", ".", "services/", "a//b", "./a"])
def test_another_is_refused(folder: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings(folder=folder)

    assert caught.value.mistakes == (f"folder: {folder!r} must be a path in the repository, such as services/api",)


@pytest.mark.parametrize("variables", [{"test_env": {"TARGET_URL": "x"}}, {"test_secrets": {"TARGET_URL": "ssm:x"}}])
def test_where_a_test_task_looks_is_the_pipelines_to_say(variables: dict[str, Any]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings(**variables)

    words = "test_env, test_secrets: TARGET_URL is the pipeline's own; test_outputs chooses its output"
    assert caught.value.mistakes == (words,)
    assert Settings(package_env={"TARGET_URL": "x"}).package_env == {"TARGET_URL": "x"}
