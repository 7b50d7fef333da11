"""What the pipeline runs of this project: its tests, and what `sam build` would do."""

from invoke import Collection, task

from serverless_pipeline.tasks import local, pipeline


@task
def package(c):
    """Run the unit tests, then lay what the function needs beside its code; in the pipeline that is a copy."""
    c.run("python -m pytest -q tests/unit")
    c.run("uv pip install --quiet --target hello_world --requirement hello_world/requirements.txt")


@task(name="test-functional")
def test_functional(c):
    """Ask the API at the address in TARGET_URL."""
    c.run("python -m pytest -q tests/integration")


ns = Collection(package, test_functional, local, pipeline)
