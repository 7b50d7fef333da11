"""The clients a function needs; each is made when it is first asked for and lives as long as the function does."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

    from lambdas.job.job import Credentials

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 6},
    connect_timeout=10,
    max_pool_connections=16,
)
_PROMPT = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=2,
    read_timeout=4,
)


@cache
def codepipeline() -> CodePipelineClient:
    """CodePipeline, as the function's own role; `answer` asks again, within the little time that is left to it."""
    return _session().client("codepipeline", config=_PROMPT)


@cache
def functions() -> LambdaClient:
    """Lambda, as the function's own role."""
    return _session().client("lambda", config=_CONFIG)


@cache
def metrics() -> CloudWatchClient:
    """CloudWatch, as the function's own role: its alarms and what it counts."""
    return _session().client("cloudwatch", config=_CONFIG)


@cache
def apis() -> APIGatewayClient:
    """API Gateway, as the function's own role."""
    return _session().client("apigateway", config=_CONFIG)


@cache
def s3() -> S3Client:
    """S3, as the function's own role: what it delivers to, and what it keeps for later jobs."""
    return _session().client("s3", config=_CONFIG)


@cache
def distributions() -> CloudFrontClient:
    """CloudFront, as the function's own role: the caches before what it delivers to."""
    return _session().client("cloudfront", config=_CONFIG)


@cache
def stacks() -> CloudFormationClient:
    """CloudFormation, as the function's own role."""
    return _session().client("cloudformation", config=_CONFIG)


@cache
def secrets() -> SecretsManagerClient:
    """Secrets Manager, as the function's own role."""
    return _session().client("secretsmanager", config=_CONFIG)


@cache
def parameters() -> SSMClient:
    """SSM's parameters, as the function's own role."""
    return _session().client("ssm", config=_CONFIG)


def credentials() -> ReadOnlyCredentials:
    """The credentials of the function's own role, for what it signs itself.

    Raises:
        NoCredentialsError: there are none.
    """
    credentials = _session().get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return credentials.get_frozen_credentials()


def artifact_store(credentials: Credentials) -> S3Client:
    """S3 with the credentials of one job: its artifacts and nothing else."""
    return _session().client(
        "s3",
        config=_CONFIG,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
    )


@cache
def _session() -> boto3.Session:
    return boto3.Session()
