"""Secrets that an action names for its task, from Secrets Manager or from SSM's parameters.

`secretsmanager:<name>`, `secretsmanager:<name>:<key of its JSON>`, `ssm:<name>`; read with the function's own role.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.job import clients, refusal
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS_MANAGER, SSM = "secretsmanager", "ssm"
SERVICES = (SECRETS_MANAGER, SSM)


def read(references: Mapping[str, str]) -> dict[str, str]:
    """The values by the names of their variables.

    Raises:
        JobError: one is not there, has no such key, or is not text.
        ClientError: it may not be read.
    """
    return {variable: _value(variable, reference) for variable, reference in references.items()}


def _value(variable: str, reference: str) -> str:
    service, _, rest = reference.partition(":")
    name, _, key = rest.partition(":")
    try:
        text = _secret(name) if service == SECRETS_MANAGER else _parameter(name)
    except ClientError as error:
        if refusal.is_absent(error):
            raise JobError(f"There is no {service}:{name}, which Secret.{variable} names; create it first") from error
        raise
    if text is None:
        raise JobError(f"{service}:{name}, which Secret.{variable} names, is binary; a variable holds text")
    return _member(text, key, f"{service}:{name}") if key else text


def _secret(name: str) -> str | None:
    return clients.secrets().get_secret_value(SecretId=name).get("SecretString")


def _parameter(name: str) -> str:
    return clients.parameters().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def _member(text: str, key: str, where: str) -> str:
    try:
        return str(json.loads(text)[key])
    except (ValueError, LookupError, TypeError) as error:
        raise JobError(f"{where} is no JSON object with the key {key}") from error
