from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.delivery import template
from lambdas.job.ending import JobError
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCE = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/x")


@pytest.fixture
def artifact(tmp_path: Path, pack: Callable[..., bytes]) -> Callable[..., Path]:
    """An artifact that holds some files."""

    def made(files: dict[str, str | bytes]) -> Path:
        path = tmp_path / "SourceOutput.zip"
        path.write_bytes(pack(files))
        return path

    return made


def test_a_template_is_read_from_its_path(artifact: Callable[..., Path]) -> None:
    fetched = artifact({"cfn/queue.yml": "Resources: {}\n", "other": "x"})

    assert template.text(fetched, SOURCE, "cfn/queue.yml") == "Resources: {}\n"


def test_a_template_that_is_not_there_is_named_beside_what_is(artifact: Callable[..., Path]) -> None:
    with pytest.raises(JobError, match=r"no queue\.yml in the artifact SourceOutput; it holds a\.yml, b\.yml$"):
        template.text(artifact({"b.yml": "", "a.yml": ""}), SOURCE, "queue.yml")


def test_a_template_may_be_as_large_as_a_request_takes_and_no_larger(artifact: Callable[..., Path]) -> None:
    fetched = artifact({"full.yml": "x" * 51_200, "large.yml": "x" * 51_201})

    assert len(template.text(fetched, SOURCE, "full.yml")) == 51_200
    with pytest.raises(JobError, match=r"large\.yml in the artifact SourceOutput has 51201 bytes .* takes 51200"):
        template.text(fetched, SOURCE, "large.yml")


def test_what_is_no_text_is_refused(artifact: Callable[..., Path]) -> None:
    with pytest.raises(JobError, match=r"queue\.yml in the artifact SourceOutput cannot be read"):
        template.text(artifact({"queue.yml": b"\xff"}), SOURCE, "queue.yml")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Resources: {}")

    with pytest.raises(JobError, match=r"queue\.yml in the artifact SourceOutput cannot be read"):
        template.text(tmp_path / "text", SOURCE, "queue.yml")


def test_parameters_are_read_from_a_file(artifact: Callable[..., Path]) -> None:
    assert template.parameters(artifact({"p.json": '{"Size": "2"}'}), SOURCE, "p.json") == {"Size": "2"}


@pytest.mark.parametrize(
    ("content", "reason"), [("Size: 2", "is no JSON"), ('["2"]', "must map names"), ('{"Size": 2}', "must map names")]
)
def test_a_file_of_something_else_than_parameters_is_refused(
    artifact: Callable[..., Path], content: str, reason: str
) -> None:
    with pytest.raises(JobError, match=rf"p\.json in the artifact SourceOutput {reason}"):
        template.parameters(artifact({"p.json": content}), SOURCE, "p.json")
