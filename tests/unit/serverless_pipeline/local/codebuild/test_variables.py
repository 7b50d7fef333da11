from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.codebuild import variables
from serverless_pipeline.local.codebuild.buildspec import Buildspec
from serverless_pipeline.local.codebuild.variables import Variable
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.frozen import changeable

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s"


class Stored:
    """Parameters and secrets in memory."""

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        assert WithDecryption
        if Name == "/gone":
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": "no"}}, "GetParameter")
        return {"Parameter": {"Value": f"parameter {Name}"}}

    def get_secret_value(self, *, SecretId: str, **version: str) -> dict[str, str]:  # noqa: N803 - as above
        return {"SecretString": f'{{"key": "{SecretId} {sorted(version.items())}"}}'.replace("'", "")}


def resolve(*given: Variable, **spec: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    return variables.resolve(given, Buildspec(**spec), lambda _service: Stored())


def test_a_project_comes_before_the_buildspec_and_secrets_are_told() -> None:
    given = [Variable("A", "project"), Variable("T", "/t", "PARAMETER_STORE")]

    values, secrets = resolve(*given, variables={"A": "spec", "B": "spec"}, parameters={"P": "/p"})

    assert values == {"A": "project", "B": "spec", "P": "parameter /p", "T": "parameter /t"}
    assert secrets == ("parameter /p", "parameter /t")


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("s", '{"key": "s []"}'),
        ("s:key", "s []"),
        ("s:key:STAGE", "s [(VersionStage, STAGE)]"),
        ("s:key::v", "s [(VersionId, v)]"),
        (f"{ARN}:key", f"{ARN} []"),
        (ARN, f'{{"key": "{ARN} []"}}'),
    ],
)
def test_a_secret_is_named_with_its_key_and_its_version(reference: str, value: str) -> None:
    assert resolve(secrets={"S": reference}) == ({"S": value}, (value,))


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        (Variable("A", "/gone", "PARAMETER_STORE"), "A: ParameterNotFound: no"),
        (Variable("A", "s:other", "SECRETS_MANAGER"), "the secret s has no key other"),
    ],
)
def test_what_cannot_be_read_is_named(variable: Variable, said: str) -> None:
    with pytest.raises(variables.NotDecrypted, match=said):
        resolve(variable)


def test_a_variable_is_plain_unless_it_says_otherwise() -> None:
    assert Variable.from_document({"name": "A", "value": "1"}) == Variable("A", "1", "PLAINTEXT")


def test_a_build_acts_as_its_role() -> None:
    assert variables.of_role(Credentials("role", "url", "r", "k", "s", "t")) == {
        "AWS_ENDPOINT_URL": "url",
        "AWS_REGION": "r",
        "AWS_DEFAULT_REGION": "r",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
    }


def test_a_variable_does_not_change() -> None:
    assert changeable(Variable("A", "1")) == []
