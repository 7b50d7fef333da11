from __future__ import annotations

from serverless_pipeline.environment.delivery import PIPELINE_PARAMETERS
from serverless_pipeline.project import environments, parameters
from serverless_pipeline.settings import Settings

BOUNDARY = "arn:aws:iam::123456789012:policy/bounds"
SETTINGS = Settings(
    stack_name="shop",
    environments=("Test", "Prod"),
    runtime="python3.12",
    architecture="x86_64",
    permissions_boundary=BOUNDARY,
    parameters={"Size": "1", "Prod.Size": "9", "Test.Colour": "red", "Runtime": "python3.13"},
)
TEST, PROD = environments.of(SETTINGS)


def test_a_value_for_one_environment_goes_before_that_for_all() -> None:
    assert parameters.of_settings(SETTINGS, TEST) == {"Size": "1", "Colour": "red", "Runtime": "python3.13"}
    assert parameters.of_settings(SETTINGS, PROD) == {"Size": "9", "Runtime": "python3.13"}


def test_an_environment_whose_name_begins_another_gets_only_its_own() -> None:
    settings = Settings(environments=("Test", "Test2"), parameters={"Test.Size": "1", "Test2.Size": "2"})

    values = [parameters.of_settings(settings, one) for one in environments.of(settings)]

    assert values == [{"Size": "1"}, {"Size": "2"}]


def test_what_the_pipeline_knows_are_the_five_values_that_templates_may_declare() -> None:
    known = parameters.known(SETTINGS, PROD, "http://127.0.0.1:1")

    assert known == {
        "EnvironmentName": "prod",
        "Runtime": "python3.12",
        "Architecture": "x86_64",
        "PermissionsBoundary": BOUNDARY,
        "Endpoint": "http://127.0.0.1:1",
    }
    assert known.keys() == set(PIPELINE_PARAMETERS)


def test_a_value_is_decided_by_the_settings_or_handed_on_or_a_parameter_of_the_pipeline_anyway() -> None:
    decided = parameters.decided(SETTINGS, TEST)

    assert decided == {"EnvironmentName": "test", "PermissionsBoundary": BOUNDARY}
    assert {*decided, *parameters.HANDED_ON, "Endpoint"} == set(PIPELINE_PARAMETERS)
