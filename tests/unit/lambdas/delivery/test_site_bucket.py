"""The bucket of a site on the embedded AWS: the signature, the address and the digest are what S3 takes."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.delivery import site_bucket
from lambdas.delivery.upload import AT_ONCE, NotUploaded, Upload
from lambdas.job.ending import Failed, JobError


class Deleting:
    """S3 that deletes, but not what is in `kept`."""

    def __init__(self, kept: list[dict[str, str]] | None = None) -> None:
        self.sizes: list[int] = []
        self.kept = kept or []

    def delete_objects(self, *, Delete: dict[str, Any], **_request: str) -> dict[str, Any]:  # noqa: N803 - as botocore spells it
        self.sizes.append(len(Delete["Objects"]))
        return {"Errors": self.kept} if self.kept else {}


def test_a_thousand_stale_files_take_more_than_one_request() -> None:
    s3 = Deleting()

    site_bucket.SiteBucket(s3, "site", None).delete([f"{number}.txt" for number in range(1001)])

    assert s3.sizes == [1000, 1]


def test_a_stale_file_that_s3_kept_is_named() -> None:
    s3 = Deleting([{"Key": "old.txt", "Code": "AccessDenied", "Message": "no right"}])

    with pytest.raises(JobError, match=r"S3 kept 1 stale files, old\.txt first: no right"):
        site_bucket.SiteBucket(s3, "site", None).delete(["old.txt"])


def test_after_a_failure_no_upload_is_begun() -> None:
    begun = []

    class Failing:
        def put(self, upload: Upload) -> None:
            begun.append(upload.key)
            raise NotUploaded(upload.key, Failed("no right"))

    with pytest.raises(NotUploaded):
        site_bucket.SiteBucket(None, "site", Failing()).put([Upload(str(n), b"", {}) for n in range(5000)])

    assert 1 <= len(begun) <= AT_ONCE
