from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from lambdas.job import claim
from lambdas.job import clients as functions_clients
from lambdas.job.job import Artifact, Credentials, Job

if TYPE_CHECKING:
    import pytest

    from serverless_pipeline.aws import Clients

AT_ONCE = 16


def test_of_many_at_once_one_claims_the_job(clients: Clients, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions_clients, "artifact_store", lambda _credentials: clients.s3)
    output = Artifact("Made", bucket, "small/Made/1")
    job = Job("a-job", "", {}, {"Made": output}, Credentials("", "", ""), 900)
    start, taken = threading.Barrier(AT_ONCE), [0] * AT_ONCE

    def run(number: int) -> None:
        start.wait()
        try:
            claim.take(job)
        except claim.Taken:
            taken[number] = 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(taken) == AT_ONCE - 1
    claim.take(Job("another", "", {}, {"Made": output}, Credentials("", "", ""), 900))
