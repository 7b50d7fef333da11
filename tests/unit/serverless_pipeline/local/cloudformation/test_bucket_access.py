from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import bucket_access
from serverless_pipeline.local.cloudformation.bucket_access import BUCKET, POLICY, Refused

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

FINE: tuple[int, dict[str, str], bytes] = (200, {}, b"")


def owned(ownership: str, acl: str = "") -> dict[str, Any]:
    controls = {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}
    return controls | ({"AccessControl": acl} if acl else {})


@pytest.fixture
def calls(cloudformation: CloudFormation) -> list[tuple[Any, ...]]:
    """What is asked of S3, where buckets are `b` and `closed`, which blocks public policies."""
    calls: list[tuple[Any, ...]] = []

    def asked(answer: object, *call: Any) -> Any:
        calls.append(call)
        return answer

    def done(name: str) -> Any:
        return lambda *_: asked(("b", {}), name)

    for kind in (BUCKET, POLICY):
        cloudformation.handlers[kind].update({name: done(name) for name in ("create", "update", "delete")})
    seams.PUT_OWNERSHIP_CONTROLS.replace(lambda *request: asked(FINE, *request))
    seams.PUT_BUCKET_ACL.replace(lambda *request: asked(FINE, *request))
    seams.BUCKETS.replace({"b": {}, "closed": {}})
    seams.PUBLIC_ACCESS_BLOCKED.replace(lambda _, bucket, name: (bucket, name) == ("closed", "BlockPublicPolicy"))
    seams.POLICY_IS_PUBLIC.replace(lambda text: '"*"' in text)
    seams.CALLER_ARN.replace(lambda: "arn:me")
    bucket_access.install()
    return calls


def create(cloudformation: CloudFormation, properties: dict[str, Any]) -> None:
    cloudformation.handlers[BUCKET]["create"]("Bucket", properties, "stack")


@pytest.mark.parametrize(
    "properties",
    [
        {"AccessControl": "PublicRead"},
        {"AccessControl": "LogDeliveryWrite"},
        owned("BucketOwnerEnforced", "PublicRead"),
    ],
)
def test_a_bucket_that_its_owner_owns_takes_no_acl(
    cloudformation: CloudFormation, calls: list[Any], properties: dict[str, Any]
) -> None:
    words = (
        r"^Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting \(Service: S3, Status Code: 4"
    )

    with pytest.raises(Refused, match=words):
        create(cloudformation, properties)
    with pytest.raises(Refused, match=words):
        cloudformation.handlers[BUCKET]["update"]("b", {}, properties, "stack")

    assert calls == []


@pytest.mark.parametrize("properties", [{}, {"AccessControl": "Private"}])
def test_a_bucket_as_each_new_one_is_asks_for_nothing(
    cloudformation: CloudFormation, calls: list[Any], properties: dict[str, Any]
) -> None:
    create(cloudformation, properties)

    assert calls == [("create",)]


def test_ownership_lets_an_acl_come_and_goes_after_it(cloudformation: CloudFormation, calls: list[Any]) -> None:
    writer = owned("ObjectWriter", "PublicRead")
    create(cloudformation, writer)
    cloudformation.handlers[BUCKET]["update"]("b", writer, {}, "stack")

    rule = "<OwnershipControls><Rule><ObjectOwnership>{}</ObjectOwnership></Rule></OwnershipControls>"
    assert calls == [
        ("create",),
        ("b", rule.format("ObjectWriter").encode()),
        ("b", b"", {"x-amz-acl": "public-read"}),
        ("update",),
        ("b", b"", {"x-amz-acl": "private"}),
        ("b", rule.format("BucketOwnerEnforced").encode()),
    ]


def test_a_bucket_whose_acl_s3_refuses_is_not_left(cloudformation: CloudFormation, calls: list[Any]) -> None:
    body = b"<Error><Code>AccessDenied</Code><Message>public ACLs are prevented</Message></Error>"
    seams.PUT_BUCKET_ACL.replace(lambda *_: (403, {}, body))

    with pytest.raises(
        Refused, match=r"^public ACLs are prevented \(Service: S3, Status Code: 403, Error Code: AccessD"
    ):
        create(cloudformation, owned("ObjectWriter", "PublicRead"))

    assert calls[-1] == ("delete",)


@pytest.mark.parametrize("document", [{"Principal": "*"}, '{"Principal": "*"}'])
@pytest.mark.parametrize("name", ["create", "update"])
def test_a_public_policy_is_refused_where_public_access_is_blocked(
    cloudformation: CloudFormation, calls: list[Any], document: Any, name: str
) -> None:
    words = (
        r'^User: arn:me is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::closed" '
        "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access. "
    )
    before: list[Any] = [{}] if name == "update" else []

    with pytest.raises(Refused, match=words):
        cloudformation.handlers[POLICY][name]("P", *before, {"Bucket": "closed", "PolicyDocument": document}, "stack")

    assert calls == []


@pytest.mark.parametrize(
    "properties",
    [
        {"Bucket": "b", "PolicyDocument": {"Principal": "*"}},
        {"Bucket": "closed", "PolicyDocument": {"Principal": "me"}},
    ],
)
def test_any_other_policy_is_made(cloudformation: CloudFormation, calls: list[Any], properties: Any) -> None:
    cloudformation.handlers[POLICY]["create"]("P", properties, "stack")

    assert calls == [("create",)]


@pytest.mark.usefixtures("calls")
def test_a_policy_needs_its_bucket(cloudformation: CloudFormation) -> None:
    with pytest.raises(Refused, match=r"^The specified bucket does not exist"):
        cloudformation.handlers[POLICY]["create"]("P", {"Bucket": "gone"}, "stack")
