from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.job import claim
from lambdas.job.job import Job
from tests.support.store import BUCKET

if TYPE_CHECKING:
    from tests.support.functions import Events
    from tests.support.store import Store


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")


@pytest.fixture
def job(event: Events) -> Job:
    return Job.from_event(event(inputs=["SourceOutput"], outputs=["Made"]), 900)


def test_the_first_claims_the_job_and_the_second_does_not(store: Store, job: Job) -> None:
    claim.take(job)

    with pytest.raises(claim.Taken, match=r"^is worked on elsewhere, or was; Lambda delivered it twice$"):
        claim.take(job)

    assert list(store.claims) == [f"claims/{job.id}"]


def test_s3_is_asked_to_write_what_is_not_there_with_the_key_of_the_artifacts(
    event: Events, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[dict[str, Any]] = []
    monkeypatch.setattr(store, "put_object", lambda **request: requests.append(request))
    job = Job.from_event(event(outputs=["Made"], encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"}), 900)

    claim.take(job)
    claim.take(job)

    bodies = {request.pop("Body") for request in requests}
    assert len(bodies) == 2
    assert requests[0] == {
        "Bucket": BUCKET,
        "Key": f"claims/{job.id}",
        "IfNoneMatch": "*",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:key",
    }


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_a_request_that_was_sent_again_finds_its_own_claim(
    store: Store, job: Job, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """boto3 sends a request again whose answer was lost, though S3 took it."""
    once = store.put_object

    def put_object(**request: Any) -> None:
        once(**request)
        raise refusal(code)

    monkeypatch.setattr(store, "put_object", put_object)

    claim.take(job)

    assert list(store.claims) == [f"claims/{job.id}"]


def test_another_refusal_is_not_taken_for_a_claim(store: Store, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_request: Any) -> None:
        raise refusal("AccessDenied")

    monkeypatch.setattr(store, "put_object", refuse)

    with pytest.raises(ClientError, match="AccessDenied"):
        claim.take(job)


def test_a_job_without_artifacts_changes_nothing_and_is_not_claimed(event: Events, store: Store) -> None:
    claim.take(Job.from_event(event("type=mock"), 900))

    assert store.claims == {}
