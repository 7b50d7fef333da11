from __future__ import annotations

from serverless_pipeline.project import variables
from serverless_pipeline.settings import Settings

SETTINGS = Settings(
    folder="services/a&b",
    package_env={"STAGE": "a b"},
    package_secrets={"NPM": "secretsmanager:shop/npm:token", "AGAIN": "secretsmanager:shop/npm"},
    test_env={"COLOUR": "${red}"},
    test_secrets={"KEY": "ssm:/shop/key"},
)


def test_each_kind_of_task_finds_its_own_variables_and_secrets() -> None:
    secrets = "&Secret.NPM=secretsmanager:shop/npm:token&Secret.AGAIN=secretsmanager:shop/npm"

    assert variables.of_package(SETTINGS) == f"&Env.STAGE=a%20b{secrets}"
    assert variables.of_tests(SETTINGS) == "&Env.COLOUR=${!red}&Secret.KEY=ssm:/shop/key"


def test_the_folder_is_told_where_the_project_is_one_of_several() -> None:
    assert variables.folder(SETTINGS) == "&folder=services/a%26b"


def test_where_nothing_is_chosen_nothing_is_asked() -> None:
    settings = Settings()

    assert variables.of_package(settings) + variables.of_tests(settings) + variables.folder(settings) == ""


def test_the_secrets_of_all_tasks_are_listed_by_service_each_once() -> None:
    assert variables.secrets(SETTINGS) == {"secretsmanager": ["shop/npm"], "ssm": ["/shop/key"]}
    assert variables.secrets(Settings()) == {"secretsmanager": [], "ssm": []}
