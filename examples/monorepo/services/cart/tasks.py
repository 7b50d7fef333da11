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
    shutil.copy("cart.py", "dist")
    c.run("python -m unittest tests.test_cart", env={"PYTHONPATH": "dist"})


@task(name="test-functional")
def test_functional(c):
    """Have the service at the address in TARGET_URL add up."""
    with urllib.request.urlopen(os.environ["TARGET_URL"] + "?cents=120,1250", timeout=30) as answer:
        assert json.load(answer) == {"sum": "13.70"}


ns = Collection(package, test_functional, local, pipeline)
