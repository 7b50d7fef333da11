from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from lambdas.dependencies.named import Named
from lambdas.job.ending import JobError
from tests.support.frozen import changeable

MISSING = "which the setting `requirements` names; add it (it may be empty), or mend the setting in invoke.yaml"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source with a file of every kind."""
    (tmp_path / "api").mkdir()
    for name in ("requirements.txt", "api/pyproject.toml", "uv.lock", "poetry.lock", "Pipfile", "pdm.lock"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("requirements.txt", Named("requirements.txt")),
        ("api/pyproject.toml:dev", Named("api/pyproject.toml", ("dev",))),
        ("uv.lock: dev, docs ,", Named("uv.lock", ("dev", "docs"))),
        ("uv.lock:", Named("uv.lock")),
    ],
)
def test_a_setting_names_a_file_and_its_groups(setting: str, named: Named) -> None:
    assert Named.parse(setting) == named
    assert changeable(named) == []


def test_a_file_has_a_name_and_a_folder_and_may_be_a_list() -> None:
    named = Named("api/more.txt")

    assert (named.name, named.folder, named.is_list) == ("more.txt", PurePosixPath("api"), True)
    assert Named("requirements.in").is_list
    assert not Named("pyproject.toml").is_list


@pytest.mark.parametrize("setting", ["requirements.txt", "api/pyproject.toml:dev", "uv.lock:dev"])
def test_what_uv_reads_is_well(source: Path, setting: str) -> None:
    Named.parse(setting).check(source)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "poetry.lock",
            "uv installs nothing from poetry.lock; poetry export --with dev --output requirements.txt, and name that",
        ),
        ("Pipfile", "uv installs nothing from Pipfile; pipenv requirements --dev > requirements.txt, and name that"),
        ("pdm.lock", "uv installs nothing from pdm.lock; pdm export --output requirements.txt, and name that"),
        (
            "requirements.txt:dev",
            "requirements.txt has no groups; pyproject.toml and uv.lock have. Mend the setting `requirements`",
        ),
        ("api/more.txt", f"The source has no api/more.txt, {MISSING}"),
        ("api", f"The source has no api, {MISSING}"),
    ],
)
def test_what_it_does_not_is_told_with_what_to_do(source: Path, setting: str, message: str) -> None:
    with pytest.raises(JobError) as caught:
        Named.parse(setting).check(source)

    assert str(caught.value) == message
