from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import condition_keys
from serverless_pipeline.local.iam.condition_keys import BOUNDARY, POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/shop"
USER = f"arn:aws:iam::{ACCOUNT}:user/path/anna"


class Table(dict[tuple[Any, ...], Any]):
    """A table of MiniStack's, by account, no region and name."""

    def get_scoped(self, *place: Any) -> Any:
        return self.get(place)


@pytest.fixture(autouse=True)
def installed(empty_ministack: None) -> None:
    del empty_ministack
    seams.REQUEST_TAG_CONTEXT.replace(lambda *_: {"aws:RequestTag/Team": "shop"})
    seams.ENFORCE.replace(lambda *words, **more: (words, more))
    seams.ROLES.replace(Table({(ACCOUNT, None, "shop"): {"PermissionsBoundary": "arn:bound"}}))
    seams.USERS.replace(Table({(ACCOUNT, None, "anna"): {"PermissionsBoundary": "arn:hers"}}))
    condition_keys.install()


def context(service: str, parameters: Mapping[str, Any]) -> Any:
    return seams.REQUEST_TAG_CONTEXT(service, "iam:CreateRole", b"", parameters)


def asked(arn: str, service: str = "iam", **keys: str) -> Any:
    """The condition keys with which IAM is asked about a resource."""
    _, more = seams.ENFORCE("key", f"{service}:Do", service, "eu-west-1", resource_arn=arn, service_context=keys)
    return more["service_context"]


@pytest.mark.parametrize("value", ["arn:policy", ["arn:policy"]])
@pytest.mark.parametrize(("key", "name"), [(BOUNDARY, "PermissionsBoundary"), (POLICY, "PolicyArn")])
def test_what_a_request_to_iam_sets_is_known(key: str, name: str, value: Any) -> None:
    assert context("iam", {name: value}) == {"aws:RequestTag/Team": "shop", key: "arn:policy"}


def test_what_it_does_not_set_is_not() -> None:
    assert context("iam", {"RoleName": "shop", "PolicyArn": ""}) == {"aws:RequestTag/Team": "shop"}


def test_requests_to_other_services_are_as_they_are() -> None:
    assert context("s3", {"PolicyArn": "arn:policy"}) == {"aws:RequestTag/Team": "shop"}


@pytest.mark.parametrize(("arn", "boundary"), [(ROLE, "arn:bound"), (USER, "arn:hers")])
def test_the_boundary_of_what_is_there_is_known(arn: str, boundary: str) -> None:
    assert asked(arn, POLICY="p") == {"POLICY": "p", BOUNDARY: boundary}


def test_a_boundary_that_is_set_comes_before_the_one_that_is_there() -> None:
    assert asked(ROLE, **{BOUNDARY: "arn:new"}) == {BOUNDARY: "arn:new"}


@pytest.mark.parametrize(
    ("arn", "service"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/nobody", "iam"),
        (f"arn:aws:iam::{ACCOUNT}:user/nobody", "iam"),
        (f"arn:aws:iam::{ACCOUNT}:policy/shop", "iam"),
        ("*", "iam"),
        (ROLE, "sts"),
    ],
)
def test_where_there_is_none_nothing_is_said(arn: str, service: str) -> None:
    assert asked(arn, service) == {}


def test_a_question_without_keys_is_asked_without() -> None:
    assert seams.ENFORCE("key", "s3:GetObject", "s3", "eu-west-1") == (("key", "s3:GetObject", "s3", "eu-west-1"), {})
