"""The clients of a target: at an endpoint, the embedded AWS, or those of the account that boto3 finds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from serverless_pipeline.aws.refusal import refuses_credentials
from serverless_pipeline.errors import Error, Misconfigured, NoCredentials
from serverless_pipeline.settings import LOCAL_REGION

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

    from serverless_pipeline.settings import Settings

LOCAL_ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Endpoint:
    """An AWS that listens at one address: the embedded one. It has one account, so nobody has to ask for it."""

    url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = LOCAL_REGION
    account: str = LOCAL_ACCOUNT

    def environment(self) -> dict[str, str]:
        """The variables that send any SDK and the AWS CLI to this endpoint."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }


@dataclass(frozen=True)
class Clients:
    """One session; each client is made when it is first used."""

    session: boto3.Session
    endpoint: Endpoint | None = None

    @property
    def region(self) -> str:
        return self.session.region_name

    @cached_property
    def account(self) -> str:
        """The twelve digits of the account, as STS tells them anybody.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

        Raises:
            NoCredentials: boto3 found none, or AWS refused them.
            Misconfigured: there is no such region.
            Error: AWS does not answer, or fails.
        """
        if self.endpoint:
            return self.endpoint.account
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectionError,  # noqa: A004 - its own name
            HTTPClientError,
            InvalidRegionError,
        )

        try:
            return self.sts.get_caller_identity()["Account"]
        except ClientError as error:
            if refuses_credentials(error):
                raise NoCredentials(f"AWS refused the credentials: {error}", hint=_SIGN_IN) from error
            raise Error(f"AWS did not say whose account this is: {error}", hint=_AGAIN) from error
        except InvalidRegionError as error:
            raise Misconfigured(f"region: {error}", hint=_REGION) from error
        except (ConnectionError, HTTPClientError) as error:
            raise Error(f"AWS does not answer: {error}", hint="check the network, the proxy and the region") from error
        except BotoCoreError as error:  # its many ways to say that credentials are missing, partial or expired
            raise NoCredentials(f"There are no AWS credentials: {error}", hint=_SIGN_IN) from error

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        return self.session.client("cloudformation", endpoint_url=self._url, config=self._config)

    @cached_property
    def codepipeline(self) -> CodePipelineClient:
        return self.session.client("codepipeline", endpoint_url=self._url, config=self._config)

    @cached_property
    def s3(self) -> S3Client:
        return self.session.client("s3", endpoint_url=self._url, config=self._config)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        return self.session.client("logs", endpoint_url=self._url, config=self._config)

    @cached_property
    def connections(self) -> Any:  # noqa: ANN401 - a client without types
        return self.session.client("codeconnections", endpoint_url=self._url, config=self._config)

    @cached_property
    def iam(self) -> IAMClient:
        return self.session.client("iam", endpoint_url=self._url, config=self._config)

    @cached_property
    def functions(self) -> LambdaClient:
        return self.session.client("lambda", endpoint_url=self._url, config=self._config)

    @cached_property
    def rollbacks(self) -> LambdaClient:
        """Lambda, for an answer that takes minutes and must not be asked for twice."""
        from botocore.config import Config

        once = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=_MINUTES, tcp_keepalive=True)
        return self.session.client("lambda", endpoint_url=self._url, config=self._config.merge(once))

    @cached_property
    def apis(self) -> APIGatewayClient:
        return self.session.client("apigateway", endpoint_url=self._url, config=self._config)

    @cached_property
    def sts(self) -> STSClient:
        return self.session.client("sts", endpoint_url=self._url, config=self._config)

    @property
    def _url(self) -> str | None:
        return self.endpoint.url if self.endpoint else None

    @cached_property
    def _config(self) -> Config:
        from botocore.config import Config

        return Config(
            retries={"mode": "standard", "max_attempts": _ATTEMPTS_HERE if self.endpoint else _ATTEMPTS},
            connect_timeout=10,
            s3={"addressing_style": "path"} if self.endpoint else None,
            proxies={} if self.endpoint else None,
        )


_ATTEMPTS = 5
_ATTEMPTS_HERE = 2  # the embedded AWS does not throttle, and if it died nobody wants to wait
_MINUTES = 330  # seconds; the function that rolls back has 300
_SIGN_IN = "sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, then type the same command again"
_REGION = "set region in invoke.yaml, --region or AWS_REGION"
_AGAIN = "type the same command again in a while"


def connect(settings: Settings, endpoint: Endpoint | None = None) -> Clients:
    """Clients for the target: at `endpoint` if one is given, else the account that boto3 finds by its usual rules.

    Raises:
        NoCredentials: boto3 finds none.
        Misconfigured: no region is chosen anywhere, or the profile does not exist.
    """
    if endpoint:
        return Clients(_session_at(endpoint), endpoint)
    import boto3
    from botocore.exceptions import ProfileNotFound

    try:
        session = boto3.Session(profile_name=settings.profile or None, region_name=_region(settings))
    except ProfileNotFound as error:
        raise Misconfigured(f"profile: {error}", hint="name one that `aws configure list-profiles` shows") from error
    _demand_credentials(session)
    if not session.region_name:
        raise Misconfigured("No region is chosen.", hint=_REGION)
    return Clients(session)


def _region(settings: Settings) -> str | None:
    """The region that is chosen before boto3 looks for one, in AWS_DEFAULT_REGION and in the profile.

    It does not know AWS_REGION, which the AWS CLI and other SDKs read first:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html.
    """
    return settings.region or os.environ.get("AWS_REGION") or None


def _demand_credentials(session: boto3.Session) -> None:
    from botocore.exceptions import BotoCoreError

    try:
        credentials = session.get_credentials()
    except BotoCoreError as error:  # its many ways to say that credentials are partial or expired
        raise NoCredentials(f"There are no AWS credentials: {error}", hint=_SIGN_IN) from error
    if credentials is None:
        raise NoCredentials("There are no AWS credentials.", hint=_SIGN_IN)


def _session_at(endpoint: Endpoint) -> boto3.Session:
    """A session that nothing on the laptop touches: neither AWS_PROFILE nor the files in ~/.aws."""
    import boto3
    from botocore.session import Session

    core = Session(session_vars={"profile": (None, None, None, None)})
    for variable in ("config_file", "credentials_file"):
        core.set_config_variable(variable, os.devnull)
    return boto3.Session(
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret_access_key,
        region_name=endpoint.region,
        botocore_session=core,
    )
