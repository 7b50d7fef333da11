from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from serverless_pipeline.settings import S3, GitHub, InvalidSettings, Source, Undescribed, WorkingTree, source
from serverless_pipeline.settings.section import SOURCE

CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/5d2c8e6e"
WELL = SOURCE | {
    "repository": "owner/name",
    "connection_arn": CONNECTION,
    "branch": "next",
    "source_bucket": "theirs",
    "source_key": "app.zip",
}
NO_REPOSITORY = "repository: '' must be owner/name, since the source is github"
NO_CONNECTION = "connection_arn: the source is github; give the ARN of a connection (Developer Tools > Connections)"


@pytest.mark.parametrize(
    ("kind", "local", "expected"),
    [
        ("", True, WorkingTree("app.zip")),
        ("", False, GitHub("owner/name", CONNECTION, "next")),
        ("working-tree", True, WorkingTree("app.zip")),
        ("working-tree", False, WorkingTree("app.zip")),
        ("s3", True, S3("theirs", "app.zip")),
        ("s3", False, S3("theirs", "app.zip")),
        ("github", False, GitHub("owner/name", CONNECTION, "next")),
    ],
)
def test_the_kind_decides_what_of_the_settings_counts_and_the_target_suggests_it(
    kind: str, expected: Source, *, local: bool
) -> None:
    assert source.describe(WELL | {"source": kind}, local=local) == expected


def test_the_kinds_are_those_that_a_user_can_name() -> None:
    assert source.KINDS == ("working-tree", "github", "s3")


@pytest.mark.parametrize("kind", ["github"])
def test_the_embedded_aws_has_no_way_to_github(kind: str) -> None:
    assert source.describe(WELL | {"source": kind}, local=True) == Undescribed(
        ("source: the embedded AWS cannot reach GitHub; choose working-tree or s3",)
    )


@pytest.mark.parametrize(
    ("kind", "amiss", "mistakes"),
    [
        ("github", {"repository": ""}, (NO_REPOSITORY,)),
        ("github", {"repository": "name"}, ("repository: 'name' must be owner/name, since the source is github",)),
        ("github", {"connection_arn": ""}, (NO_CONNECTION,)),
        ("github", {"connection_arn": "arn:aws:x"}, (NO_CONNECTION,)),
        ("github", {"branch": ""}, ("branch: name one, since the source is github",)),
        (
            "github",
            {"repository": "", "connection_arn": "", "branch": ""},
            (NO_REPOSITORY, NO_CONNECTION, "branch: name one, since the source is github"),
        ),
        ("s3", {"source_key": ""}, ("source_key: name the object that is the source",)),
        ("working-tree", {"source_key": ""}, ("source_key: name the object that is the source",)),
    ],
)
def test_what_cannot_be_reached_as_it_is_described_is_kept_as_mistakes(
    kind: str, amiss: dict[str, str], mistakes: tuple[str, ...]
) -> None:
    assert source.describe(WELL | {"source": kind} | amiss, local=False) == Undescribed(mistakes)


def test_no_source_can_be_made_with_a_mistake() -> None:
    with pytest.raises(InvalidSettings, match="branch: name one"):
        GitHub("owner/name", CONNECTION, "")
    with pytest.raises(InvalidSettings, match="source_key: "):
        S3("theirs", "")
    with pytest.raises(InvalidSettings, match="source_key: "):
        WorkingTree("")


@pytest.mark.parametrize(
    "arn",
    [
        CONNECTION,
        "arn:aws-cn:codestar-connections:cn-north-1:123456789012:connection/x",
        "arn:aws-us-gov:codeconnections:us-gov-west-1:123456789012:connection/x",
    ],
)
def test_a_connection_lies_in_any_partition(arn: str) -> None:
    assert GitHub("owner/name", arn).connection_arn == arn


@pytest.mark.parametrize("repository", ["owner/name", "o-w.n_er/na.me-1"])
def test_a_repository_is_named_with_its_owner(repository: str) -> None:
    assert GitHub(repository, CONNECTION).branch == "main"


@pytest.mark.parametrize("repository", ["owner/name/more", "https://github.com/owner/name", "/name", "owner/"])
def test_what_is_no_name_of_a_repository_is_refused(repository: str) -> None:
    with pytest.raises(InvalidSettings, match="repository: "):
        GitHub(repository, CONNECTION)


def test_unless_it_is_chosen_the_object_has_one_key_and_lies_in_the_pipelines_own_bucket() -> None:
    assert WorkingTree().key == S3().key == SOURCE["source_key"] == "source/source.zip"
    assert S3().bucket == ""


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        (WorkingTree(), "key"),
        (S3(), "key"),
        (GitHub("owner/name", CONNECTION), "branch"),
        (Undescribed(("branch: name one",)), "mistakes"),
    ],
)
def test_a_source_stays_as_it_was_made(chosen: Source | Undescribed, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(chosen, name, "")
