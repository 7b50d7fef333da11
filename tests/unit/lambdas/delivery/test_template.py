from __future__ import annotations

import zipfile
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
def write(tmp_path: Path, pack: Callable[..., bytes]) -> Callable[..., Path]:
    """Lay down the zip of an artifact that holds some files."""

    def run(files: dict[str, str | bytes]) -> Path:
        path = tmp_path / "SourceOutput.zip"
        path.write_bytes(pack(files))
        return path

    return run


def test_a_template_is_read_from_its_path(write: Callable[..., Path]) -> None:
    zip_file = write({"cfn/queue.yml": "Resources: {}\n", "other": "x"})

    assert template.text(zip_file, SOURCE, "cfn/queue.yml") == "Resources: {}\n"


def test_a_template_that_is_not_there_is_named_beside_what_is(write: Callable[..., Path]) -> None:
    with pytest.raises(JobError, match=r"no queue\.yml in the artifact SourceOutput; it holds a\.yml, b\.yml$"):
        template.text(write({"b.yml": "", "a.yml": ""}), SOURCE, "queue.yml")


@pytest.mark.parametrize(
    ("count", "listing"),
    [
        (0, "nothing"),
        (10, "0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt, 6.txt, 7.txt, 8.txt, 9.txt"),
        (11, "0.txt, 1.txt, 10.txt, 2.txt, 3.txt, 4.txt, 5.txt, 6.txt, 7.txt, 8.txt and more"),
    ],
)
def test_of_many_files_the_first_ten_are_listed_and_no_folders(
    write: Callable[..., Path], count: int, listing: str
) -> None:
    zip_file = write({"folder/": "", **{f"{number}.txt": "" for number in range(count)}})

    with pytest.raises(JobError, match=rf"it holds {listing}$"):
        template.text(zip_file, SOURCE, "queue.yml")


def test_a_template_may_be_as_large_as_cloudformation_takes_from_s3_and_no_larger(write: Callable[..., Path]) -> None:
    zip_file = write({"full.yml": "x" * 1_000_000, "large.yml": "x" * 1_000_001})

    assert len(template.text(zip_file, SOURCE, "full.yml")) == 1_000_000
    with pytest.raises(
        JobError, match=r"large\.yml in the artifact SourceOutput has 1000001 bytes and CloudFormation takes 1000000;"
    ):
        template.text(zip_file, SOURCE, "large.yml")


def test_what_is_no_text_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(JobError, match=r"queue\.yml in the artifact SourceOutput cannot be read"):
        template.text(write({"queue.yml": b"\xff"}), SOURCE, "queue.yml")


@pytest.mark.parametrize(
    ("compression", "offset", "bits"),
    [
        pytest.param(zipfile.ZIP_STORED, 50, 0x41, id="its content is another"),
        pytest.param(zipfile.ZIP_STORED, 30, 0x41, id="its name is another"),
        pytest.param(zipfile.ZIP_DEFLATED, 39, 0x06, id="it does not inflate"),
        pytest.param(zipfile.ZIP_STORED, -22 - 55 + 8, 0x01, id="it is encrypted"),  # a flag in the directory
        pytest.param(zipfile.ZIP_STORED, -22 - 55 + 10, 0x41, id="it is packed in another way"),
    ],
)
def test_what_is_damaged_is_refused(tmp_path: Path, compression: int, offset: int, bits: int) -> None:
    zip_file = tmp_path / "SourceOutput.zip"
    with zipfile.ZipFile(zip_file, "w", compression) as archive:
        archive.writestr("queue.yml", "Resources: {}" * 9)
    content = bytearray(zip_file.read_bytes())
    content[offset] ^= bits
    zip_file.write_bytes(content)

    with pytest.raises(JobError, match=r"queue\.yml in the artifact SourceOutput cannot be read: "):
        template.text(zip_file, SOURCE, "queue.yml")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Resources: {}")

    with pytest.raises(JobError, match=r"queue\.yml in the artifact SourceOutput cannot be read"):
        template.text(tmp_path / "text", SOURCE, "queue.yml")


def test_parameters_are_read_from_a_file(write: Callable[..., Path]) -> None:
    assert template.parameters(write({"p.json": '{"Size": "2"}'}), SOURCE, "p.json") == {"Size": "2"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("Size: 2", "is no JSON: Expecting value"),
        ('["2"]', "must map names to texts"),
        ('{"Size": 2}', "must map names to texts"),
        ('{"Size": "2", "Color": null}', "must map names to texts"),
    ],
)
def test_a_file_of_something_else_than_parameters_is_refused(
    write: Callable[..., Path], content: str, reason: str
) -> None:
    with pytest.raises(JobError, match=rf"p\.json in the artifact SourceOutput {reason}"):
        template.parameters(write({"p.json": content}), SOURCE, "p.json")


@pytest.mark.parametrize(
    ("content", "configuration"),
    [
        (
            '{"Parameters": {"Size": "2"}, "Tags": {"Team": "web"}}',
            {"Parameters": {"Size": "2"}, "Tags": {"Team": "web"}},
        ),
        ('{"Tags": {"Team": "web"}}', {"Parameters": {}, "Tags": {"Team": "web"}}),
        ('{"Parameters": {"Size": "2"}}', {"Parameters": {"Size": "2"}, "Tags": {}}),
        ("{}", {"Parameters": {}, "Tags": {}}),
    ],
)
def test_a_configuration_holds_parameters_and_tags_or_only_one_of_them(
    write: Callable[..., Path], content: str, configuration: dict[str, dict[str, str]]
) -> None:
    assert template.configuration(write({"c.json": content}), SOURCE, "c.json") == configuration


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "null",
        '"Parameters"',
        '{"Size": "2"}',
        '{"Parameters": {"Size": 2}}',
        '{"Parameters": null}',
        '{"Tags": [{"Key": "Team", "Value": "web"}]}',
        '{"Parameters": {}, "StackPolicy": {}}',
    ],
)
def test_a_file_of_something_else_than_parameters_and_tags_is_refused(write: Callable[..., Path], content: str) -> None:
    with pytest.raises(JobError) as caught:
        template.configuration(write({"c.json": content}), SOURCE, "c.json")

    assert str(caught.value) == (
        "c.json in the artifact SourceOutput must hold Parameters and Tags, which map names to texts"
    )


def test_a_configuration_that_is_no_json_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(JobError, match=r"^c\.json in the artifact SourceOutput is no JSON: Expecting value"):
        template.configuration(write({"c.json": "Tags:"}), SOURCE, "c.json")
