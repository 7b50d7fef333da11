"""Sessions of botocore: at an endpoint, or with the credentials and the region that boto3's usual rules lead to.

They are botocore's own, and not boto3's around them: its clients are the same, and what boto3 loads besides serves who
sends files (`transfer`). Every word begins here, so it counts.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_pipeline.errors import Misconfigured, NoCredentials
from serverless_pipeline.settings import LOCAL_REGION

if TYPE_CHECKING:
    from botocore.session import Session

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
    throttles: bool = False

    def environment(self) -> dict[str, str]:
        """The variables that send any SDK and the AWS CLI to this endpoint.

        S3 Control is called with the account's number before the host, which only a name can have there
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html).
        """
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_S3_CONTROL": self.url.replace("127.0.0.1", "localhost"),
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }


SIGN_IN = "sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, then type the same command again"
REGION = "set region in invoke.yaml, --region or AWS_REGION"


def open_account(settings: Settings) -> Session:
    """A session of the account: profile, credentials and region by boto3's usual rules.

    Raises:
        NoCredentials: there are none.
        Misconfigured: no region is chosen anywhere, or the profile does not exist.
    """
    from botocore.exceptions import ProfileNotFound
    from botocore.session import Session

    from serverless_pipeline.aws import models

    session = Session(profile=settings.profile or None)
    try:
        _demand_credentials(session)
        region = _region(settings) or session.get_config_variable("region")
    except ProfileNotFound as error:
        raise Misconfigured(f"profile: {error}", hint="name one that `aws configure list-profiles` shows") from error
    if not region:
        raise Misconfigured("No region is chosen.", hint=REGION)
    session.set_config_variable("region", region)
    models.load_one_by_one(session)
    return session


def open_endpoint(endpoint: Endpoint) -> Session:
    """A session that nothing on the laptop touches: neither AWS_PROFILE nor the files in ~/.aws."""
    from botocore.session import Session

    from serverless_pipeline.aws import models

    session = Session(session_vars={"profile": (None, None, None, None)})
    for variable in ("config_file", "credentials_file"):
        session.set_config_variable(variable, os.devnull)
    session.set_config_variable("region", endpoint.region)
    session.set_credentials(endpoint.access_key_id, endpoint.secret_access_key)
    models.load_one_by_one(session)
    return session


def _demand_credentials(session: Session) -> None:
    from botocore.exceptions import BotoCoreError, ProfileNotFound

    try:
        credentials = session.get_credentials()
    except ProfileNotFound:
        raise
    except BotoCoreError as error:  # its many ways to say that credentials are partial or expired
        raise NoCredentials(f"There are no AWS credentials: {error}", hint=SIGN_IN) from error
    if credentials is None:
        raise NoCredentials("There are no AWS credentials.", hint=SIGN_IN)


def _region(settings: Settings) -> str | None:
    """The region that is chosen before botocore looks for one, in AWS_DEFAULT_REGION and in the profile.

    It does not know AWS_REGION, which the AWS CLI and other SDKs read first:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html.
    """
    return settings.region or os.environ.get("AWS_REGION") or None
