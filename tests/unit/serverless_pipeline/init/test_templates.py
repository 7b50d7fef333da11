from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.init import templates
from serverless_pipeline.init.templates import Code, Template
from tests.support.folder import SAM, fill

TOPIC = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"
PIPELINE = "Resources: {Pipeline: {Type: 'AWS::CodePipeline::Pipeline'}}\n"


def names(folder: Path) -> list[str]:
    return [str(template.path) for template in templates.find(folder)]


def template(body: dict[str, object], path: str = "template.yaml") -> Template:
    return Template(PurePosixPath(path), {"Resources": {}, **body})


def test_a_template_is_told_by_what_stands_in_it_whatever_its_name(tmp_path: Path) -> None:
    fill(tmp_path, {"a.yml": TOPIC, "infra/b.json": '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'})

    assert names(tmp_path) == ["a.yml", "infra/b.json"]


@pytest.mark.parametrize(
    "text",
    [
        "services: {}\n",
        "Resources: {A: {Type: 'Other::Thing'}}  # AWS::\n",
        "Resources:\n  A: {{ AWS::SNS }}\n",
        "# Resources AWS::\n- a\n",
    ],
)
def test_other_files_are_no_templates(tmp_path: Path, text: str) -> None:
    fill(tmp_path, {"compose.yaml": text})

    assert names(tmp_path) == []


def test_a_file_that_is_called_as_one_must_be_one(tmp_path: Path) -> None:
    fill(tmp_path, {"template.yaml": "Resources:\n  A: [\n# AWS::\n"})

    with pytest.raises(Misconfigured, match=r"^template\.yaml:4:1: "):
        templates.find(tmp_path)


def test_one_that_nobody_asks_for_may_be_broken(tmp_path: Path) -> None:
    fill(tmp_path, {"tests/template.yaml": "Resources: [\n# AWS::\n"})

    assert names(tmp_path) == []
    fill(tmp_path, {"template.yaml": "Resources: [\n# AWS::\n"})
    assert templates.find(tmp_path, strict=False) == ()


@pytest.mark.parametrize(
    "order",
    [
        ["template.yaml", "template.yml"],
        ["infra/template.yaml", "a.yaml"],
        ["template.yaml", "infra/template.yaml"],
        ["infra/a.yaml", "tests/template.yaml"],
        ["b.yaml", "infra/a.yaml"],
    ],
)
def test_the_likeliest_comes_first(tmp_path: Path, order: list[str]) -> None:
    fill(tmp_path, dict.fromkeys(order, TOPIC))

    chosen = templates.choose(templates.find(tmp_path), tmp_path)

    assert names(tmp_path) == order
    assert chosen
    assert str(chosen.path) == order[0]


def test_what_another_brings_along_and_a_pipeline_come_later(tmp_path: Path) -> None:
    nesting = "Resources: {A: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: ../template.yaml}}}\n"
    fill(tmp_path, {"template.yaml": TOPIC, "infra/root.yaml": nesting, "codepipeline.yaml": PIPELINE})

    assert names(tmp_path) == ["infra/root.yaml", "codepipeline.yaml", "template.yaml"]


def test_of_several_that_are_as_likely_a_person_chooses(tmp_path: Path) -> None:
    fill(tmp_path, {"services/a/template.yaml": TOPIC, "services/b/template.yaml": SAM})
    everything = templates.find(tmp_path)

    with pytest.raises(Misconfigured) as caught:
        templates.choose(everything, tmp_path)

    first, *listed, last = str(caught.value).splitlines()
    assert first == "2 templates here may be the one that is delivered:"
    assert listed == [
        "  services/a/template.yaml  CloudFormation, Topic",
        "  services/b/template.yaml  SAM, HelloWorldFunction",
    ]
    ways = "cd services/a && serverless-pipeline init", "serverless-pipeline init --template services/a/template.yaml"
    assert last == f"  Next: {', or '.join(ways)}"
    chosen = templates.choose(everything, tmp_path, "services/b/template.yaml")
    assert chosen
    assert chosen.path == PurePosixPath("services/b/template.yaml")


def test_at_the_top_a_person_chooses_by_the_option(tmp_path: Path) -> None:
    fill(tmp_path, {"a.yaml": TOPIC, "b.yaml": TOPIC})

    with pytest.raises(Misconfigured, match=r"Next: serverless-pipeline init --template a\.yaml$"):
        templates.choose(templates.find(tmp_path), tmp_path)


def test_one_folder_below_the_top_there_are_both_ways(tmp_path: Path) -> None:
    fill(tmp_path, {"a/template.yaml": TOPIC, "b/template.yaml": TOPIC})

    with pytest.raises(
        Misconfigured, match=r"Next: cd a && serverless-pipeline init, or .* --template a/template\.yaml$"
    ):
        templates.choose(templates.find(tmp_path), tmp_path)


def test_where_there_is_none_none_is_chosen(tmp_path: Path) -> None:
    assert templates.choose(templates.find(tmp_path), tmp_path) is None


def test_one_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"there is no absent\.yaml"):
        templates.choose((), tmp_path, "absent.yaml")


def test_addresses_are_outputs_at_which_something_answers() -> None:
    outputs = {
        "Arn": {"Value": {"Fn::GetAtt": ["A", "Arn"]}},
        "Api": {"Value": {"Fn::Sub": "https://${Api}.execute-api.eu-west-1.amazonaws.com/"}},
        "Site": {"Value": {"Fn::GetAtt": ["Bucket", "WebsiteURL"]}},
    }

    assert template({"Outputs": outputs}).addresses == ["Api", "Site"]
    assert template({}).addresses == []


def test_parameters_without_a_default_are_undecided_unless_the_pipeline_knows_them() -> None:
    declared = {"Size": {"Type": "Number"}, "Name": {"Type": "String", "Default": ""}, "Runtime": {"Type": "String"}}

    assert template({"Parameters": declared}).undecided == ["Size"]


def test_a_site_is_a_bucket_that_the_pipeline_fills() -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    filled = {**bucket, "Metadata": {"Delivery": {"Path": "site"}}}

    sites = [template({"Resources": {"Bucket": body}}).has_site for body in (bucket, filled)]

    assert sites == [False, True]


def test_code_lies_where_the_template_says_from_its_own_folder() -> None:
    shared = {"Function": {"Runtime": "python3.13", "Architectures": ["arm64"]}}
    functions = {
        "A": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "../a/"}},
        "B": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "b", "Runtime": "python3.12"}},
        "C": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "b"}},
        "L": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "layer"}},
    }

    code = template({"Globals": shared, "Resources": functions}, "infra/template.yaml").code

    assert code == [
        Code(PurePosixPath("a"), "python3.13", "arm64"),
        Code(PurePosixPath("infra/b"), "python3.12", "arm64"),
    ]


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({}, Code(PurePosixPath(), "", "x86_64")),
        ({"Runtime": {"Ref": "Runtime"}}, Code(PurePosixPath(), "", "x86_64")),
        ({"Architectures": [{"Ref": "Architecture"}]}, Code(PurePosixPath(), "", "")),
    ],
)
def test_what_is_not_written_there_is_the_default_of_lambda_or_unknown(
    properties: dict[str, object], code: Code
) -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": properties}

    assert template({"Resources": {"A": function}}).code == [code]
