from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import limits, strangers
from serverless_pipeline.local.gate.refusal import Refused
from tests.support.signing import head, scope

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head

FORM = {"content-type": "application/x-www-form-urlencoded"}
BODY = {"content-length": "10"}
VERSION_2 = "AWSAccessKeyId=AKIA&Signature=s&Expires=1"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/b/k", "/?Action=DescribeStacks", "/restapis"])
def test_who_has_no_key_may_ask_without_a_body(method: str, path: str) -> None:
    assert strangers.limit(head(method, path)) == 0


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/oauth2/token", {}),
        ("/login", {}),
        ("/v1/apis/abc/graphql", {}),
        ("/", FORM),
        ("/", {"x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth"}),
        ("/", {"x-amz-target": "AWSCognitoIdentityService.GetId"}),
    ],
)
def test_what_aws_serves_to_who_has_no_key_takes_a_short_body(path: str, headers: dict[str, str]) -> None:
    assert strangers.limit(head("POST", path, headers | BODY)) == limits.UNSIGNED


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/b/k", BODY),
        ("GET", "/b/k", {"transfer-encoding": "chunked"}),
        ("PUT", "/b/k", BODY),
        ("PUT", "/b/k", {}),
        ("DELETE", "/b/k", {}),
        ("POST", "/", BODY),
        ("POST", "/2015-03-31/functions", BODY | FORM),
        ("PUT", "/", BODY | FORM),
        ("POST", "/", BODY | {"x-amz-target": "DynamoDB_20120810.ListTables"}),
        ("POST", "/", BODY | {"x-amz-target": "CodePipeline_20150709.ListPipelines"}),
        ("POST", "/", BODY | {"x-amz-target": "AWSCognitoIdentityProviderService.AdminCreateUser"}),
        ("POST", "/", BODY | FORM | {"x-amz-target": "DynamoDB_20120810.ListTables"}),
        ("POST", "/v1/apis/abc/graphql/more", BODY),
    ],
)
def test_of_anybody_else_without_a_key_no_body_is_taken(method: str, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        strangers.limit(head(method, path, headers))

    assert caught.value.code == "MissingAuthenticationToken"


def test_the_older_signature_is_told_by_its_head_or_its_address() -> None:
    assert strangers.is_version_2(head("GET", "/b/k", {"authorization": "AWS AKIA:xx"}))
    assert strangers.is_version_2(head("GET", f"/b/k?{VERSION_2}"))
    assert not strangers.is_version_2(head("GET", "/b/k?Signature=s"))
    assert not strangers.is_version_2(head("GET", "/b/k", {"authorization": "Bearer x"}))


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What MiniStack was asked to check; its answer is the first of it, if there is one."""
    checked: list[Any] = []
    answers: list[Any] = []
    monkeypatch.setattr(seams, "PIN_SIGNED_REQUEST", lambda *words: checked.append(words))
    monkeypatch.setattr(seams, "AUTHENTICATE", lambda *_: answers[0] if answers else None)
    monkeypatch.setattr(seams, "GET_ACCOUNT_ID", lambda: "123456789012")
    checked.append(answers)
    return checked


def test_the_older_signature_is_checked_by_ministack(checked: list[Any]) -> None:
    asked = head("GET", f"/b/k?{VERSION_2}")

    strangers.check_version_2(asked, scope("GET", "/b/k"))

    assert checked[1:] == [("GET", "/b/k", asked.query, [(b"host", b"127.0.0.1:4566")])]


def test_an_older_signature_that_is_wrong_is_refused_by_name(checked: list[Any]) -> None:
    checked[0].append(SimpleNamespace(code="SignatureDoesNotMatch", message="no"))

    with pytest.raises(Refused) as caught:
        strangers.check_version_2(head("GET", f"/b/k?{VERSION_2}"), scope("GET", "/b/k"))

    assert caught.value == Refused("SignatureDoesNotMatch", "no")


@pytest.mark.usefixtures("checked")
def test_an_older_signature_without_a_key_is_refused() -> None:
    asked = head("GET", "/b/k", {"authorization": "AWS :x"})

    with pytest.raises(Refused) as caught:
        strangers.check_version_2(asked, scope("GET", "/b/k"))

    assert caught.value.code == "UnsupportedSignature"


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize(
    "asked",
    [
        head("GET", f"/b/k?{VERSION_2}&Action=DeleteStack&StackName=shop"),
        head("PUT", f"/b/k?{VERSION_2}", FORM),
        head("PUT", f"/b/k?{VERSION_2}", {"x-amz-target": "DynamoDB_20120810.DeleteTable"}),
    ],
    ids=["action", "form", "target"],
)
def test_an_older_signature_serves_no_other_service(asked: Head) -> None:
    """It covers neither these parts of an address nor the body, so whoever was handed one could ask for anything."""
    with pytest.raises(Refused) as caught:
        strangers.check_version_2(asked, scope(asked.method, asked.path))

    assert caught.value.code == "UnsupportedSignature"
