"""What the pipeline of this service runs, in this folder of the repository."""

import json
import os
import shutil
import urllib.request

from invoke import Collection, task

from serverless_pipeline.tasks import local, pipeline


@task
def package(c):
    """Lay the service and what all services share into dist/, and test it there."""
    shutil.rmtree("dist", ignore_errors=True)
    shutil.copytree("../../shared", "dist")
    shutil.copy("prices.py", "dist")
    c.run("python -m unittest tests.test_prices", env={"PYTHONPATH": "dist"})


@task(name="test-functional")
def test_functional(c):
    """Ask the service at the address in TARGET_URL for its prices."""
    with urllib.request.urlopen(os.environ["TARGET_URL"], timeout=30) as answer:
        assert json.load(answer) == {"seed": "1.20", "shovel": "12.50"}


ns = Collection(package, test_functional, local, pipeline)
