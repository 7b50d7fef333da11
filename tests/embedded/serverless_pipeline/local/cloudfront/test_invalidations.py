"""Who may invalidate: a role that is allowed to on one distribution, and on no other."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_cloudfront import CloudFrontClient

    from serverless_pipeline.aws import Clients
    from tests.support.sites import Site


@pytest.fixture
def acting(clients: Clients, site: Site) -> CloudFrontClient:
    """A client of a role that has the rights of a delivery to the site."""
    name = f"invalidates-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": clients.account}, "Action": "sts:AssumeRole"}
    allowed = {
        "Effect": "Allow",
        "Action": ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"],
        "Resource": f"arn:aws:cloudfront::{clients.account}:distribution/{site.distribution}",
    }
    role = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    clients.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(allowed))
    keys = clients.sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=clients.region
    )
    assert clients.endpoint
    return session.client("cloudfront", endpoint_url=clients.endpoint.url)


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def invalidate(acting: CloudFrontClient, distribution: str) -> str:
    batch: Any = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": uuid.uuid4().hex}
    begun = acting.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    return begun["Invalidation"]["Id"]


def test_two_rights_on_a_distribution_are_enough(acting: CloudFrontClient, site: Site) -> None:
    identity = invalidate(acting, site.distribution)

    found = acting.get_invalidation(DistributionId=site.distribution, Id=identity)["Invalidation"]
    assert found["Status"] == "Completed"


def test_they_are_none_on_another(clients: Clients, acting: CloudFrontClient, deploy_site: Callable[..., Site]) -> None:
    other = deploy_site(clients)

    with pytest.raises(ClientError, match=r"AccessDenied.*not authorized to perform: cloudfront:CreateInvalidation"):
        invalidate(acting, other.distribution)
