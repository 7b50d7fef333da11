"""The clients of a target: at an endpoint, the embedded AWS, or those of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from serverless_pipeline.aws import clock
from serverless_pipeline.aws.refusal import refuses_credentials
from serverless_pipeline.aws.session import REGION, SIGN_IN, open_account, open_endpoint
from serverless_pipeline.errors import Error, Misconfigured, NoCredentials

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

    from serverless_pipeline.aws.session import Endpoint
    from serverless_pipeline.settings import Settings

_SET_CLOCK = "set the clock of this machine by the network, such as timedatectl set-ntp true"


@dataclass(frozen=True)
class Clients:
    """One session; each client is made when it is first used."""

    session: Session
    endpoint: Endpoint | None = None

    @property
    def region(self) -> str:
        return str(self.session.get_config_variable("region"))

    @cached_property
    def account(self) -> str:
        """The twelve digits of the account, as STS tells them anybody.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

        Raises:
            NoCredentials: boto3 found none, or AWS refused them.
            Misconfigured: there is no such region.
            Error: AWS does not answer, or fails, or this machine's clock is off.
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
            if wrong := clock.mistake(error, datetime.now(UTC)):
                raise Error(f"AWS refuses what is signed at another time: {wrong}.", hint=_SET_CLOCK) from error
            if refuses_credentials(error):
                raise NoCredentials(f"AWS refused the credentials: {error}", hint=SIGN_IN) from error
            raise Error(f"AWS did not say whose account this is: {error}", hint=_AGAIN) from error
        except InvalidRegionError as error:
            raise Misconfigured(f"region: {error}", hint=REGION) from error
        except (ConnectionError, HTTPClientError) as error:
            raise Error(f"AWS does not answer: {error}", hint="check the network, the proxy and the region") from error
        except BotoCoreError as error:  # its many ways to say that credentials are missing, partial or expired
            raise NoCredentials(f"There are no AWS credentials: {error}", hint=SIGN_IN) from error

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        return cast("CloudFormationClient", self.client("cloudformation"))

    @cached_property
    def codepipeline(self) -> CodePipelineClient:
        return cast("CodePipelineClient", self.client("codepipeline"))

    @cached_property
    def s3(self) -> S3Client:
        """S3 by its operations; for `upload_file`, which boto3 adds to them, there is `upload`."""
        return cast("S3Client", self.client("s3"))

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        return cast("CloudWatchLogsClient", self.client("logs"))

    @cached_property
    def connections(self) -> Any:  # noqa: ANN401 - a client without types
        return self.client("codeconnections")

    @cached_property
    def iam(self) -> IAMClient:
        return cast("IAMClient", self.client("iam"))

    @cached_property
    def functions(self) -> LambdaClient:
        return cast("LambdaClient", self.client("lambda"))

    @cached_property
    def rollbacks(self) -> LambdaClient:
        """Lambda, for an answer that takes minutes and must not be asked for twice."""
        from botocore.config import Config

        once = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=_MINUTES, tcp_keepalive=True)
        return cast("LambdaClient", self.client("lambda", once))

    @cached_property
    def apis(self) -> APIGatewayClient:
        return cast("APIGatewayClient", self.client("apigateway"))

    @cached_property
    def sts(self) -> STSClient:
        return cast("STSClient", self.client("sts"))

    def client(self, service: str, config: Config | None = None) -> Any:  # noqa: ANN401 - each service has its own
        """A client of any service, as its name stands in boto3; `config` goes before what all clients have."""
        return self.session.create_client(
            service,
            endpoint_url=self.endpoint.url if self.endpoint else None,
            config=self._config.merge(config) if config else self._config,
        )

    @property
    def _attempts(self) -> int:
        return _ATTEMPTS_HERE if self.endpoint and not self.endpoint.throttles else _ATTEMPTS

    @cached_property
    def _config(self) -> Config:
        from botocore.config import Config

        return Config(
            retries={"mode": "standard", "max_attempts": self._attempts},
            connect_timeout=10,
            s3={"addressing_style": "path"} if self.endpoint else None,
            proxies={} if self.endpoint else None,
        )


_ATTEMPTS = 5
_ATTEMPTS_HERE = 2  # the embedded AWS throttles only if asked to, and if it died nobody wants to wait
_MINUTES = 330  # seconds; the function that rolls back has 300
_AGAIN = "type the same command again in a while"


def connect(settings: Settings, endpoint: Endpoint | None = None) -> Clients:
    """Clients for the target: at `endpoint` if one is given, else of the account that boto3's usual rules lead to.

    Raises:
        NoCredentials: there are none.
        Misconfigured: no region is chosen anywhere, or the profile does not exist.
    """
    return Clients(open_endpoint(endpoint) if endpoint else open_account(settings), endpoint)
