"""The way to AWS: the only place that makes clients, and the only one that knows an endpoint."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from serverless_pipeline.errors import Error, Misconfigured, NoCredentials
from serverless_pipeline.settings import LOCAL_REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

    from serverless_pipeline.settings import Settings


@dataclass(frozen=True)
class Endpoint:
    """An AWS that listens at one address: the embedded one."""

    url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = LOCAL_REGION

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
        """The twelve digits of the account.

        Raises:
            NoCredentials: boto3 found none, or AWS refused them.
            Error: AWS does not answer.
        """
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 - its own name

        try:
            return self.sts.get_caller_identity()["Account"]
        except ClientError as error:
            raise NoCredentials(f"AWS refused the credentials: {error}", hint=_SIGN_IN) from error
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


_ABSENT = frozenset(
    {
        "404",
        "ChangeSetNotFound",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchKey",
        "NotFound",
        "NotFoundException",
        "PipelineExecutionNotFoundException",
        "PipelineNotFoundException",
        "ResourceNotFoundException",
    }
)
_REFUSED = frozenset({"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"})
_THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"})


def failures() -> tuple[type[Exception], ...]:
    """What boto3 raises when AWS refuses, fails or does not answer; an upload has an error of its own."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return ClientError, BotoCoreError, Boto3Error


def code(error: ClientError) -> str:
    """The code by which AWS names its refusal, empty if it gave none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_absent(error: ClientError) -> bool:
    """Whether AWS says that what was asked for is not there.

    CloudFormation says ValidationError for a stack that it does not know; its words tell that from other mistakes.
    """
    return code(error) in _ABSENT or (code(error) == "ValidationError" and "does not exist" in str(error))


def is_absent_object(error: ClientError) -> bool:
    """Whether an object is not there; S3 says 403 for it to who may not list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    return is_absent(error) or code(error) in _REFUSED


def is_refused(error: ClientError) -> bool:
    """Whether the caller may not do what was asked."""
    return code(error) in _REFUSED


def is_throttled(error: ClientError) -> bool:
    """Whether AWS only asks to be asked less often."""
    return code(error) in _THROTTLED


def pages(ask: Callable[..., Mapping[str, Any]], **request: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - any request
    """Every page of an operation that boto3 has no paginator for; the next one is named by `NextToken`."""
    token: dict[str, str] = {}
    while True:
        page = ask(**request, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


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
        session = boto3.Session(profile_name=settings.profile or None, region_name=settings.region or None)
    except ProfileNotFound as error:
        raise Misconfigured(f"profile: {error}", hint="name one that `aws configure list-profiles` shows") from error
    _demand_credentials(session)
    if not session.region_name:
        raise Misconfigured("No region is chosen.", hint="set region in invoke.yaml, --region or AWS_REGION")
    return Clients(session)


def _demand_credentials(session: boto3.Session) -> None:
    from botocore.exceptions import BotoCoreError

    try:
        found = session.get_credentials()
    except BotoCoreError as error:  # its many ways to say that credentials are partial or expired
        raise NoCredentials(f"There are no AWS credentials: {error}", hint=_SIGN_IN) from error
    if found is None:
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
