from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import invalidation
from lambdas.delivery.invalidation import EVERYTHING, MOST, Busy, Invalidation
from tests.support.frozen import changeable
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber
    from mypy_boto3_cloudfront import CloudFrontClient


@pytest.fixture(scope="module")
def cloudfront() -> CloudFrontClient:
    return session().client("cloudfront")


@pytest.fixture
def stub(cloudfront: CloudFrontClient) -> Iterator[Stubber]:
    with stubbed(cloudfront) as stub:
        yield stub


def batch(*paths: str, reference: str) -> dict[str, Any]:
    return {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}


def answer(status: str, **batch: Any) -> dict[str, Any]:
    return {"Invalidation": {"Id": "I1", "Status": status, "CreateTime": 0, "InvalidationBatch": batch}}


@pytest.mark.parametrize(
    ("keys", "paths"),
    [
        (["a.js", "b/c.css"], ["/a.js", "/b/c.css"]),
        (["index.html"], ["/index.html", "/"]),
        (["guide/index.html"], ["/guide/index.html", "/guide/"]),
        (["my-index.html"], ["/my-index.html"]),
        (["a.js", "a.js"], ["/a.js"]),
        (["ü b/c+d,(e)=&;:@!$'.js"], ["/%C3%BC%20b/c+d,(e)=&;:@!$'.js"]),
        (["a%20[b]#^.js"], ["/a%2520%5Bb%5D%23%5E.js"]),
    ],
)
def test_each_file_has_its_path_and_an_index_page_that_of_its_folder_too(keys: list[str], paths: list[str]) -> None:
    assert invalidation.paths(keys) == paths


@pytest.mark.parametrize("key", ["a*", "a*b.js", "what?.html", "~user/a.js"])
def test_a_name_that_is_no_path_without_doubt_is_everything(key: str) -> None:
    assert invalidation.paths(["a.js", key]) == EVERYTHING


def test_many_paths_become_one() -> None:
    keys = [f"{number}.js" for number in range(MOST + 1)]

    assert len(invalidation.paths(keys[:-1])) == MOST
    assert invalidation.paths(keys) == ("/*",)


@pytest.mark.parametrize(("status", "is_complete"), [("InProgress", False), ("Completed", True)])
def test_an_invalidation_is_made_for_its_job_and_its_paths(
    cloudfront: CloudFrontClient,
    stub: Stubber,
    status: str,
    is_complete: bool,  # noqa: FBT001 - as AWS says it
) -> None:
    own = batch("/a", "/b", reference="job-920e113638336091")
    request = {"DistributionId": "E1", "InvalidationBatch": own}
    stub.add_response("create_invalidation", answer(status, **own), request)

    assert invalidation.create(cloudfront, "E1", ["/a", "/b"], "job") == Invalidation("I1", is_complete)


def test_a_distribution_that_takes_no_more_is_busy(cloudfront: CloudFrontClient, stub: Stubber) -> None:
    stub.add_client_error("create_invalidation", "TooManyInvalidationsInProgress", http_status_code=400)

    with pytest.raises(Busy):
        invalidation.create(cloudfront, "E1", EVERYTHING, "job")


def test_another_refusal_is_what_it_is(cloudfront: CloudFrontClient, stub: Stubber) -> None:
    stub.add_client_error("create_invalidation", "NoSuchDistribution", http_status_code=404)

    with pytest.raises(ClientError, match="NoSuchDistribution"):
        invalidation.create(cloudfront, "E1", EVERYTHING, "job")


def test_an_invalidation_is_looked_at(cloudfront: CloudFrontClient, stub: Stubber) -> None:
    request = {"DistributionId": "E1", "Id": "I1"}
    stub.add_response("get_invalidation", answer("Completed", **batch("/*", reference="r")), request)

    assert invalidation.find(cloudfront, "E1", "I1") == Invalidation("I1", is_complete=True)


def test_an_invalidation_does_not_change_on_its_way() -> None:
    assert changeable(Invalidation("I1", is_complete=True)) == []
