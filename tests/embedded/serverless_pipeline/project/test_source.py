from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

from serverless_pipeline.project import bucket, source
from serverless_pipeline.settings import Settings
from tests.support.repository import git

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients


KEY = "source/source.zip"


def test_a_clean_tree_is_published_under_its_commit(repository: Path, clients: Clients) -> None:
    settings = Settings(stack_name="clean-tree")
    name = bucket.name(settings, clients)
    bucket.ensure(clients, name)

    published = source.publish(clients, name, KEY)

    assert published == source.Revision(git("rev-parse", "HEAD"), f"commit {git('rev-parse', 'HEAD')}", changed=True)
    snapshot = repository / "snapshot.zip"
    snapshot.write_bytes(clients.s3.get_object(Bucket=name, Key=KEY)["Body"].read())
    with zipfile.ZipFile(snapshot) as archive:
        assert archive.comment.decode() == published.id
        assert archive.namelist() == [".gitignore", "tracked.txt"]


def test_a_tree_is_published_once_until_it_changes(repository: Path, clients: Clients) -> None:
    settings = Settings(stack_name="once")
    name = bucket.name(settings, clients)
    bucket.ensure(clients, name)

    first = source.publish(clients, name, KEY)
    second = source.publish(clients, name, KEY)
    (repository / "tracked.txt").write_text("edited")
    third = source.publish(clients, name, KEY)

    assert (first.changed, second.changed, third.changed) == (True, False, True)
    assert second.id == first.id
    assert re.fullmatch(r"\d{8}-\d{6}", third.id)
    assert third.summary.endswith("with changes of the working tree")
