"""The source as the pipeline takes it: a snapshot of the working tree, in S3.

Its revision is the commit if nothing was changed since, else the time, and stands in the archive's comment as
`git archive` writes it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline import archive
from serverless_pipeline.project import bucket, working_tree

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

SUMMARY = "codepipeline-artifact-revision-summary"
"""The metadata from which CodePipeline's S3 source takes the words for a revision."""

_DIGEST = "source-digest"
_REVISION = "revision"


@dataclass(frozen=True)
class Revision:
    """What the source object holds: a commit or a time, and words for a person; `changed` if it was put there now.

    `left_out` names what of the working tree did not come along, each with the reason.
    """

    id: str
    summary: str
    changed: bool
    left_out: tuple[str, ...] = ()


def publish(clients: Clients, bucket_name: str, key: str, folder: str = "") -> Revision:
    """Put a snapshot of the working tree where the pipeline's source action looks for it, unless it is there already.

    Raises:
        Misconfigured: the folder is no git working tree, or holds nothing.
    """
    tree = working_tree.of_project(folder)
    digest = tree.digest()
    metadata = bucket.head(clients, bucket_name, key) or {}
    if metadata.get(_DIGEST) == digest:
        return Revision(metadata[_REVISION], metadata[SUMMARY], changed=False, left_out=tree.left_out)
    revision = Revision(tree.revision(datetime.now(UTC)), tree.summary(), changed=True, left_out=tree.left_out)
    metadata = {_DIGEST: digest, _REVISION: revision.id, SUMMARY: revision.summary}
    with tempfile.TemporaryDirectory(prefix="source-") as scratch:
        snapshot = Path(scratch) / "source.zip"
        archive.pack_files(tree.files, snapshot, comment=revision.id)
        bucket.put(clients, bucket_name, key, snapshot, metadata=metadata)
    return revision
