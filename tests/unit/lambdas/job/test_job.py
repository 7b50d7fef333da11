from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.job.job import MARGIN, Artifact, Job

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_job_knows_its_artifacts_by_name(event: Callable[..., dict[str, Any]]) -> None:
    arrived = event("task=package", ["SourceOutput"], ["DistSiteOutput"], revision="a" * 40)

    job = Job.from_event(arrived, 900)

    source = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/SourceOutput", "a" * 40)
    site = Artifact("DistSiteOutput", "artifact-bucket", "dromedary/DistSiteOu/DistSiteOutput", None)
    assert (job.inputs, job.outputs) == ({"SourceOutput": source}, {"DistSiteOutput": site})


def test_what_aws_leaves_out_is_empty(event: Callable[..., dict[str, Any]]) -> None:
    job = Job.from_event(event(), 900)

    assert (job.user_parameters, job.continuation_token, job.key) == ("", None, None)


def test_a_continuation_and_a_key_are_read_when_they_are_there(event: Callable[..., dict[str, Any]]) -> None:
    arrived = event(continuationToken="step-2", encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"})

    job = Job.from_event(arrived, 900)

    assert (job.continuation_token, job.key) == ("step-2", "arn:aws:kms:key")


def test_the_work_ends_before_the_function_does(event: Callable[..., dict[str, Any]]) -> None:
    before = time.monotonic()

    job = Job.from_event(event(), 900)

    assert before + 900 - MARGIN <= job.deadline <= time.monotonic() + 900 - MARGIN


def test_a_job_never_shows_its_credentials(event: Callable[..., dict[str, Any]]) -> None:
    shown = repr(Job.from_event(event(), 900))

    assert [word for word in ("ASIAEXAMPLE", "a-secret-key", "a-session-token") if word in shown] == []


@pytest.mark.parametrize(
    "arrived",
    [{}, {"CodePipeline.job": {"id": "x"}}, {"CodePipeline.job": None}, {"Records": [{"secret": "a-secret-key"}]}],
)
def test_another_event_is_refused_without_showing_it(arrived: Any) -> None:
    with pytest.raises(ValueError, match="not the event of a CodePipeline job") as caught:
        Job.from_event(arrived, 900)

    assert "a-secret-key" not in str(caught.value)
