from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.job.ending import JobError
from lambdas.tasks import project

if TYPE_CHECKING:
    from pathlib import Path


def test_a_project_is_the_source_or_a_folder_of_it(tmp_path: Path) -> None:
    (tmp_path / "services" / "api").mkdir(parents=True)

    assert project.find(tmp_path, "") == tmp_path
    assert project.find(tmp_path, "services/api") == tmp_path / "services" / "api"


def test_a_folder_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for folder in ("api", "file"):
        with pytest.raises(JobError) as caught:
            project.find(tmp_path, folder)
        assert str(caught.value) == (
            f"The source has no folder {folder}, in which the project lies; mend the setting `folder`"
        )


@pytest.mark.parametrize(
    ("path", "inside"), [("dist", True), ("a/b", True), (".", False), ("", False), ("/a", False), ("a/../b", False)]
)
def test_a_path_of_the_source_leads_nowhere_else(path: str, *, inside: bool) -> None:
    assert project.is_inside(path) is inside
