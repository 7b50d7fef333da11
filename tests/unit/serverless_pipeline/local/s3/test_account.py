from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.s3 import account

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = dict.fromkeys(account.NAMES, "true")
HEADERS = {"x-amz-account-id": "123456789012"}


@pytest.fixture
def begin(empty_ministack: None) -> Callable[..., None]:  # noqa: ARG001 - it has to be empty first
    """An account that blocks public access from the start, or not; buckets named `closed` do so themselves."""

    async def handle(*_: Any) -> str:
        return "as MiniStack answers"

    def install(*, blocks: bool) -> None:
        seams.PUBLIC_ACCESS_BLOCKED.replace(lambda _owner, bucket, _name: bucket == "closed")
        seams.HANDLE_S3_CONTROL.replace(handle)
        seams.ENFORCE_DATA_PLANE.replace(lambda _service, action, headers, *_: headers.get("denied") and f"no {action}")
        seams.S3CONTROL_ACCOUNT_ERROR.replace(lambda headers: None if headers == HEADERS else "another's")
        seams.S3CONTROL_ERROR.replace(lambda code, message, status: (status, code, message))
        account.install(blocks=blocks)

    return install


def ask(method: str, body: str = "", headers: dict[str, str] = HEADERS, path: str = account.PATH) -> Any:
    return asyncio.run(seams.HANDLE_S3_CONTROL(path, method, body.encode(), {}, "request", headers))


def described() -> dict[str, str | None]:
    return {element.tag.rpartition("}")[2]: element.text for element in fromstring(ask("GET")[2])}  # noqa: S314 - our own


def test_an_account_that_blocks_goes_before_its_buckets(begin: Callable[..., None]) -> None:
    begin(blocks=True)

    assert seams.PUBLIC_ACCESS_BLOCKED("me", "open", "BlockPublicPolicy") is True
    assert described() == ALL


def test_one_that_does_not_leaves_it_to_each_bucket(begin: Callable[..., None]) -> None:
    begin(blocks=False)

    blocked = [seams.PUBLIC_ACCESS_BLOCKED("me", bucket, "BlockPublicPolicy") for bucket in ("open", "closed")]
    assert blocked == [False, True]
    assert ask("GET")[:2] == (404, "NoSuchPublicAccessBlockConfiguration")


def test_each_setting_is_changed_by_itself_and_one_that_is_left_out_is_off(begin: Callable[..., None]) -> None:
    begin(blocks=True)

    status = ask("PUT", f'<P xmlns="{account._NAMESPACE}"><BlockPublicAcls>TRUE</BlockPublicAcls></P>')[0]

    assert (status, described()) == (200, dict.fromkeys(account.NAMES, "false") | {"BlockPublicAcls": "true"})
    blocked = [seams.PUBLIC_ACCESS_BLOCKED("me", "open", name) for name in account.NAMES]
    assert blocked == [True, False, False, False]


def test_the_configuration_can_be_removed(begin: Callable[..., None]) -> None:
    begin(blocks=True)

    assert ask("DELETE")[0] == 204
    assert ask("GET")[0] == 404


def test_what_is_no_xml_changes_nothing(begin: Callable[..., None]) -> None:
    begin(blocks=True)

    assert ask("PUT", "<P>")[:2] == (400, "MalformedXML")
    assert described() == ALL


@pytest.mark.parametrize(
    ("method", "headers", "answer"),
    [
        ("GET", {"denied": "yes"}, "no s3:GetAccountPublicAccessBlock"),
        ("PUT", {"denied": "yes"}, "no s3:PutAccountPublicAccessBlock"),
        ("DELETE", {"denied": "yes"}, "no s3:PutAccountPublicAccessBlock"),
        ("DELETE", {}, "another's"),
    ],
)
def test_who_may_not_changes_nothing(
    begin: Callable[..., None], method: str, headers: dict[str, str], answer: str
) -> None:
    begin(blocks=True)

    assert ask(method, "<P/>", headers) == answer
    assert described() == ALL


@pytest.mark.parametrize(("method", "path"), [("POST", account.PATH), ("GET", "/v20180820/tags/x")])
def test_the_rest_of_s3_control_is_ministacks(begin: Callable[..., None], method: str, path: str) -> None:
    begin(blocks=True)

    assert ask(method, path=path) == "as MiniStack answers"
