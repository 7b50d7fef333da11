"""The program that runs beside a commit: what it leaves in its folder, and how it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from serverless_pipeline.environment import __main__ as program
from serverless_pipeline.environment.shape import Shape
from tests.support import ROOT

QUEUE = {"Type": "AWS::SQS::Queue"}
FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"CodeUri": "src", "Handler": "app.handler", "Runtime": "python3.13"},
}
BODY: dict[str, Any] = {
    "Resources": {"Queue": QUEUE, "Worker": FUNCTION},
    "Outputs": {"Url": {"Value": "https://shop/"}},
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose template has a queue and a function that lies in `src`."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("handler = print\n")
    monkeypatch.chdir(tmp_path)
    write("template.yaml", BODY)
    return tmp_path


def write(name: str, content: Any) -> None:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


def with_resources(**resources: Any) -> dict[str, Any]:
    return BODY | {"Resources": BODY["Resources"] | resources}


def site(**delivery: str) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Metadata": {"Delivery": delivery}}


def api(**delivery: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::RestApi",
        "Metadata": {"Delivery": {"Path": "dist/openapi.json", "Stage": "live", **delivery}},
    }


def order(**more: Any) -> dict[str, Any]:
    """What the function asks for, where the pipeline was made for the template as it is here."""
    return {
        "template": "template.yaml",
        "shape": Shape.of(json.loads(Path("template.yaml").read_text())).digest,
        "bounded": False,
        "reads": [],
        "values": {},
        "bucket": "artifacts",
        "url": "https://s3.eu-west-1.amazonaws.com/artifacts",
        "folder": "out",
        **more,
    }


def left() -> dict[str, Any]:
    """The documents that it left, by their path in the folder."""
    out = Path("out")
    return {str(path.relative_to(out)): json.loads(path.read_text()) for path in out.rglob("*.json")}


def refusal(capsys: pytest.CaptureFixture[str], **more: Any) -> list[str]:
    """The lines that it says where it refuses; it leaves nothing that could be delivered."""
    assert program.main([json.dumps(order(**more))]) == 2
    assert not Path("out/files.json").exists()
    assert not Path("out/deliveries.json").exists()
    return capsys.readouterr().out.splitlines()


def test_a_template_is_packaged_with_what_lies_at_its_local_paths() -> None:
    assert program.main([json.dumps(order())]) == 0

    ((asset, names),) = [(path, zipfile.ZipFile(path).namelist()) for path in Path("out/assets").iterdir()]
    packaged = FUNCTION["Properties"] | {"CodeUri": f"s3://artifacts/assets/{asset.name}"}  # type: ignore[operator]
    assert names == ["app.py"]
    assert left() == {
        "template.json": BODY | {"Resources": {"Queue": QUEUE, "Worker": FUNCTION | {"Properties": packaged}}},
        "files.json": {},
        "deliveries.json": {"ids": [], "parts": []},
    }


def test_what_the_pipeline_delivers_is_named_unless_it_has_an_artifact_of_its_own_or_is_made_later() -> None:
    write(
        "template.yaml",
        with_resources(
            Site=site(Path="dist/site", Name="Shop"),
            Docs=site(Path="dist/docs"),
            Feed=site(Path="dist/feed", Output="FeedOutput"),
            Late=site(Path="dist/late", Task="late"),
        ),
    )

    program.write(order(), Path.cwd())

    assert left()["files.json"] == {"deliveries/Shop.zip": "dist/site", "deliveries/Docs.zip": "dist/docs"}


def test_all_parts_of_a_release_are_named_and_each_id_that_the_others_need_once() -> None:
    write(
        "template.yaml",
        with_resources(
            Alias={"Type": "AWS::Lambda::Alias"},
            One=api(Function="Alias"),
            Two=api(Name="Second", Stage="Alias", Integrations={"Orders": "Alias"}),
            Feed=site(Path="dist/feed", Output="FeedOutput"),
            Late=site(Path="dist/late", Task="late"),
        ),
    )

    program.write(order(), Path.cwd())

    assert left()["deliveries.json"] == {
        "ids": ["One", "Alias", "Two", "Feed", "Late"],
        "parts": ["One", "Second", "Feed", "Late"],
    }


def test_the_files_of_values_are_left_in_one_form_by_environment() -> None:
    write("values/test.json", {"Parameters": {"Size": 1}, "Tags": {"Team": "shop"}})
    write("prod.json", [{"ParameterKey": "Size", "ParameterValue": "2"}])

    program.write(order(values={"test": "values/test.json", "prod": "prod.json"}), Path.cwd())

    assert {name: content for name, content in left().items() if name.startswith("values/")} == {
        "values/test.json": {"Parameters": {"Size": "1"}, "Tags": {"Team": "shop"}},
        "values/prod.json": {"Parameters": {"Size": "2"}, "Tags": {}},
    }


def test_a_template_of_another_shape_is_told_with_all_that_it_wants_and_not_packaged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert refusal(capsys, shape="0123456789abcdef") == [
        "The template template.yaml wants another pipeline than was made for it; nothing is delivered:",
        "  it needs rights for AWS::SQS::Queue",
        "  it needs rights for AWS::Serverless::Function",
        "  Next: invoke pipeline.up",
    ]
    assert not Path("out").exists()


def test_the_shape_counts_the_templates_that_are_nested(capsys: pytest.CaptureFixture[str]) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.json"}}
    write("inner.json", {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}}})
    write("template.yaml", with_resources(Inner=nested))

    assert "  it needs rights for AWS::DynamoDB::Table" in refusal(capsys)


def test_a_template_that_lacks_outputs_that_the_pipeline_reads_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, reads=["Url", "ApiUrl", "SiteUrl"]) == [
        "The template template.yaml has no output ApiUrl, SiteUrl, which the pipeline reads",
        "  Next: bring it back, or mend the setting test_outputs; then invoke pipeline.up",
    ]


def test_an_output_that_is_there_is_no_reason_to_refuse() -> None:
    assert program.main([json.dumps(order(reads=["Url"]))]) == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"template": "nothing.yaml", "shape": "x"}, "template: there is no nothing.yaml"),
        ({"template": "../template.yaml", "shape": "x"}, "template: "),
        ({"values": {"test": "values/test.json"}}, "values/test.json: it cannot be read: No such file or directory"),
    ],
    ids=["no template", "outside", "no values"],
)
def test_what_is_not_there_is_named_as_it_is_called_in_the_project(
    capsys: pytest.CaptureFixture[str], project: Path, more: dict[str, Any], words: str
) -> None:
    told = "\n".join(refusal(capsys, **more))

    assert words in told
    assert str(project) not in told


def test_a_local_path_at_which_nothing_lies_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    lost = {**FUNCTION, "Properties": {**FUNCTION["Properties"], "CodeUri": "lost"}}  # type: ignore[dict-item]
    write("template.yaml", with_resources(Worker=lost))

    assert "lost" in "\n".join(refusal(capsys))


@pytest.mark.parametrize("bounded", [True, False])
def test_a_template_of_jinja_knows_whether_a_policy_bounds_every_role(*, bounded: bool) -> None:
    resources = 'A: {Type: "AWS::SNS::Topic"}{% if bounded %}, B: {Type: "AWS::SQS::Queue"}{% endif %}'
    Path("t.yml.j2").write_text(f"Resources: {{{resources}}}\n")
    kinds = ["AWS::SNS::Topic", *(["AWS::SQS::Queue"] if bounded else [])]
    shape = Shape.of({"Resources": {str(number): {"Type": kind} for number, kind in enumerate(kinds)}})

    ended = program.main([json.dumps(order(template="t.yml.j2", shape=shape.digest, bounded=bounded))])

    assert ended == 0
    assert [one["Type"] for one in left()["template.json"]["Resources"].values()] == kinds


@pytest.mark.parametrize(("shape", "code"), [(None, 0), ("0123456789abcdef", 2)], ids=["well", "refused"])
def test_it_is_a_program_that_ends_with_its_code(shape: str | None, code: int) -> None:
    words = json.dumps(order(**({"shape": shape} if shape else {})))

    ended = subprocess.run(
        [sys.executable, "-P", "-m", "serverless_pipeline.environment", words],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (code, "")
