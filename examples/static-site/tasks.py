"""What the pipeline runs of this project."""

import os
import re
import urllib.error
import urllib.request

from build import DIST, build
from invoke import Collection, task

from serverless_pipeline.tasks import local, pipeline


@task
def package(c):
    """Build the site into dist/, and look whether each link in it leads somewhere."""
    build()
    for page in DIST.rglob("*.html"):
        for link in re.findall(r'href="([^":]+)"', page.read_text()):
            target = page.parent / link
            assert (target / "index.html" if link.endswith("/") else target).is_file(), f"{page}: {link}"


@task(name="test-functional")
def test_functional(c):
    """Read the delivered site at the address in TARGET_URL: its pages, its style sheet, and what is not there."""
    site = os.environ["TARGET_URL"]
    status, front = read(site)
    assert (status, "We sell seeds" in front) == (200, True)
    assert read(site + re.search(r'href="(assets/[^"]+)"', front)[1])[0] == 200
    assert "since 1911" in read(site + "about/")[1]
    status, missing = read(site + "no/such/page")
    assert (status, "There is no such page" in missing) == (404, True)


def read(url):
    """Status and text of a page."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


ns = Collection(package, test_functional, local, pipeline)
