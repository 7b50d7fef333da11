"""The environment variables of a build: what CodeBuild sets, what project and buildspec ask for, and secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from serverless_pipeline.local.codebuild.buildspec import Buildspec
    from serverless_pipeline.local.iam.credentials import Credentials

_ARN_PARTS = 7
"""Those of the ARN of a secret, before the key in its JSON."""


class NotDecrypted(Exception):
    """A parameter or a secret is not there, or the role may not read it."""


@dataclass(frozen=True)
class Variable:
    """A variable of a project or an action; `type` says whether `value` names a parameter or a secret."""

    name: str
    value: str
    type: str = "PLAINTEXT"

    @classmethod
    def from_document(cls, document: Mapping[str, str]) -> Variable:
        """From `{"name", "value", "type"}`."""
        return cls(document["name"], document.get("value", ""), document.get("type") or "PLAINTEXT")


def resolve(
    variables: Iterable[Variable], spec: Buildspec, client: Callable[[str], Any]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """All values, and those of them that are secret; a buildspec's own count for least.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html

    Raises:
        NotDecrypted: by the first name that has no value.
    """
    chosen = {
        **{name: Variable(name, value) for name, value in spec.variables.items()},
        **{name: Variable(name, value, "PARAMETER_STORE") for name, value in spec.parameters.items()},
        **{name: Variable(name, value, "SECRETS_MANAGER") for name, value in spec.secrets.items()},
        **{variable.name: variable for variable in variables},
    }
    values = {name: _value(variable, client) for name, variable in chosen.items()}
    return values, tuple(values[name] for name, variable in chosen.items() if variable.type != "PLAINTEXT")


def of_role(credentials: Credentials) -> dict[str, str]:
    """The session of a role as any SDK reads it, and where this AWS is."""
    return {
        "AWS_ENDPOINT_URL": credentials.endpoint_url,
        "AWS_REGION": credentials.region,
        "AWS_DEFAULT_REGION": credentials.region,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
    }


def _value(variable: Variable, client: Callable[[str], Any]) -> str:
    from botocore.exceptions import ClientError

    try:
        match variable.type:
            case "PARAMETER_STORE":
                answer = client("ssm").get_parameter(Name=variable.value, WithDecryption=True)
                return str(answer["Parameter"]["Value"])
            case "SECRETS_MANAGER":
                return _secret(variable.value, client("secretsmanager"))
    except ClientError as error:
        raise NotDecrypted(
            f"{variable.name}: {aws.code(error)}: {error.response['Error'].get('Message', '')}"
        ) from error
    return variable.value


def _secret(reference: str, client: Any) -> str:  # noqa: ANN401 - a boto3 client
    """`secret-id:json-key:version-stage:version-id`, of which the first may be an ARN and the others be missing."""
    parts = reference.split(":")
    length = _ARN_PARTS if reference.startswith("arn:") else 1
    secret, (key, stage, version) = ":".join(parts[:length]), (*parts[length:], "", "", "")[:3]
    more = {**({"VersionStage": stage} if stage else {}), **({"VersionId": version} if version else {})}
    text = str(client.get_secret_value(SecretId=secret, **more)["SecretString"])
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError) as error:
        raise NotDecrypted(f"the secret {secret} has no key {key}") from error
