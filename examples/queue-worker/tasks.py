"""What the pipeline runs of this project."""

import os
import urllib.request

from invoke import Collection, task

from serverless_pipeline.tasks import local, pipeline


@task
def package(c):
    """Run the unit tests; the folders worker/ and canary/ are delivered as they are."""
    c.run("python -m unittest tests.test_worker")


@task(name="test-functional")
def test_functional(c):
    """Have the canary send an order through queue, worker and table; without an answer 200 this fails."""
    with urllib.request.urlopen(os.environ["CANARY_URL"], timeout=60) as answer:
        print(answer.read().decode())


ns = Collection(package, test_functional, local, pipeline)
