"""Who may be let into a bucket: its ownership controls, its ACL and its policy are what S3's own operations take.

MiniStack's CloudFormation passes over ownership and ACLs, and stores any policy. On AWS a bucket takes no ACL unless
its ownership controls let it (https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html), and
no public ACL or policy while public access is blocked, as it is for each new bucket and can be for the account
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
"""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import fromstring

from serverless_pipeline.local import seams

BUCKET, POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
ENFORCED = "BucketOwnerEnforced"
_PRIVATE = "Private"

Properties = Mapping[str, Any]
Handler = Callable[..., tuple[str, Any]]


class Refused(Exception):
    """What S3 says of an ACL or a policy."""


def install() -> None:
    """Look when a bucket or its policy is made or updated."""
    handlers = seams.RESOURCE_HANDLERS.value
    handlers[BUCKET]["create"] = creating(handlers[BUCKET]["create"], handlers[BUCKET]["delete"])
    handlers[BUCKET]["update"] = updating(handlers[BUCKET]["update"])
    handlers[POLICY]["create"] = letting_in(handlers[POLICY]["create"], position=1)
    handlers[POLICY]["update"] = letting_in(handlers[POLICY]["update"], position=2)


def creating(create: Handler, delete: Callable[..., None]) -> Handler:
    """A bucket with its ownership controls and its ACL, or none."""

    def create_owned(logical_id: str, properties: Properties, stack: str) -> tuple[str, Any]:
        _demand_fitting(properties)
        name, attributes = create(logical_id, properties, stack)
        try:
            _apply(name, {}, properties)
        except Refused:
            delete(name, properties)
            raise
        return name, attributes

    return create_owned


def updating(update: Handler) -> Handler:
    """A bucket whose ownership controls and ACL are those of its new properties."""

    def update_owned(physical_id: str, old: Properties, new: Properties, *place: Any) -> tuple[str, Any]:  # noqa: ANN401
        _demand_fitting(new)
        name, attributes = update(physical_id, old, new, *place)
        _apply(name, old if name == physical_id else {}, new)
        return name, attributes

    return update_owned


def letting_in(handle: Handler, *, position: int) -> Handler:
    """A policy of a bucket that may have it; the properties stand at this position of the arguments."""

    def handle_allowed(*arguments: Any) -> tuple[str, Any]:  # noqa: ANN401 - as MiniStack's
        bucket, document = arguments[position].get("Bucket", ""), arguments[position].get("PolicyDocument")
        text = document if isinstance(document, str) else json.dumps(document)
        if bucket not in seams.BUCKETS.value:
            raise Refused("The specified bucket does not exist (Service: S3, Status Code: 404)")
        if _is_blocked(bucket) and seams.POLICY_IS_PUBLIC(text):
            who = seams.CALLER_ARN() or "CloudFormation"
            raise Refused(
                f'User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::{bucket}" '
                "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access. "
                "(Service: S3, Status Code: 403)"
            )
        return handle(*arguments)

    return handle_allowed


def _is_blocked(bucket: str) -> bool:
    return bool(seams.PUBLIC_ACCESS_BLOCKED(seams.GET_ACCOUNT_ID(), bucket, "BlockPublicPolicy"))


def _demand_fitting(properties: Properties) -> None:
    """No ACL but the private one goes with the ownership that each new bucket has."""
    if properties.get("AccessControl", _PRIVATE) != _PRIVATE and _ownership(properties) in {ENFORCED, ""}:
        raise Refused(
            f"Bucket cannot have ACLs set with ObjectOwnership's {ENFORCED} setting "
            "(Service: S3, Status Code: 400, Error Code: InvalidBucketAclWithObjectOwnership)"
        )


def _ownership(properties: Properties) -> str:
    rules = (properties.get("OwnershipControls") or {}).get("Rules") or [{}]
    return str(rules[0].get("ObjectOwnership", ""))


def _apply(bucket: str, old: Properties, new: Properties) -> None:
    """Ownership before the ACL where ACLs come, after it where they go."""
    steps = [
        (_ownership, lambda owner: _ask(seams.PUT_OWNERSHIP_CONTROLS(bucket, _controls(owner or ENFORCED)))),
        (_acl, lambda acl: _ask(seams.PUT_BUCKET_ACL(bucket, b"", {"x-amz-acl": acl}))),
    ]
    for read, put in reversed(steps) if _ownership(new) in {ENFORCED, ""} else steps:
        if read(old) != read(new):
            put(read(new))


def _acl(properties: Properties) -> str:
    """The ACL as S3's header spells it: `public-read`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", str(properties.get("AccessControl", _PRIVATE))).lower()


def _controls(ownership: str) -> bytes:
    return (
        f"<OwnershipControls><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule></OwnershipControls>".encode()
    )


def _ask(answer: tuple[int, Mapping[str, str], bytes]) -> None:
    status, _, body = answer
    if status >= HTTPStatus.BAD_REQUEST:
        error = fromstring(body)  # noqa: S314 - MiniStack's own answer
        code, message = error.findtext("Code", ""), error.findtext("Message", "")
        raise Refused(f"{message} (Service: S3, Status Code: {status}, Error Code: {code})")
