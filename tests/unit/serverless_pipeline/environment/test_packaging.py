from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from awscli.customizations.cloudformation import artifact_exporter as aws

from serverless_pipeline.environment import document, notation, packaging, places
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from serverless_pipeline.environment.packaging import Package

URL = "https://assets.s3.eu-central-1.amazonaws.com"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with `src/app.py`, `api.yml` and `infra/`, where its templates lie."""
    project = tmp_path / "project"
    write(project, "src/app.py", "print()")
    write(project, "api.yml", "openapi: 3.0.0")
    (project / "infra").mkdir()
    return project


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def package(root: Path, template: str | dict[str, Any], **more: str) -> Package:
    """Package `infra/t.yml` of that text, or of those resources, with further files by `name__ending`."""
    text = template if isinstance(template, str) else json.dumps({"Resources": template})
    write(root, "infra/t.yml", text)
    for name, content in more.items():
        write(root, f"infra/{name.replace('__', '.')}", content)
    read = document.read(Path("infra/t.yml"), root)
    return packaging.package(read, root, "assets", f"{URL}/", root / "out")


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def function(code: object) -> dict[str, Any]:
    return resource("AWS::Lambda::Function", Code=code)


def nested(url: object) -> dict[str, Any]:
    return resource("AWS::CloudFormation::Stack", TemplateURL=url)


def resources(packaged: Package, key: str = "") -> dict[str, Any]:
    """The resources of the packaged template, or of the asset of that key."""
    path = packaged.assets[key] if key else packaged.template
    body: dict[str, Any] = json.loads(path.read_text())["Resources"]
    return body


def mistakes(root: Path, template: str | dict[str, Any], **more: str) -> list[str]:
    with pytest.raises(Misconfigured) as raised:
        package(root, template, **more)
    assert raised.value.hint == "mend the template, or bring what it names"
    first, *listed = str(raised.value).split("\n")[:-1]
    assert first == "infra/t.yml cannot be packaged:"
    return [mistake.strip() for mistake in listed]


def test_a_packaged_property_names_the_bucket_and_the_key_of_its_asset(root: Path) -> None:
    packaged = package(root, {"Api": function("../src")})

    (key,) = packaged.assets
    assert resources(packaged)["Api"]["Properties"] == {"Code": {"S3Bucket": "assets", "S3Key": key}}
    with zipfile.ZipFile(packaged.assets[key]) as archive:
        assert archive.namelist() == ["app.py"]


@pytest.mark.parametrize(
    ("kind", "name", "form"),
    [
        ("AWS::ApiGateway::RestApi", "BodyS3Location", {"Bucket": "assets", "Key": "KEY"}),
        ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", {"Bucket": "assets", "Key": "KEY"}),
        ("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle", {"S3Bucket": "assets", "S3Key": "KEY"}),
        ("AWS::Lambda::LayerVersion", "Content", {"S3Bucket": "assets", "S3Key": "KEY"}),
        ("AWS::Serverless::Function", "CodeUri", "s3://assets/KEY"),
        ("AWS::Serverless::HttpApi", "DefinitionUri", "s3://assets/KEY"),
        ("AWS::AppSync::Resolver", "CodeS3Location", "s3://assets/KEY"),
    ],
)
def test_each_property_has_its_own_form(root: Path, kind: str, name: str, form: object) -> None:
    packaged = package(root, {"It": resource(kind, **{name: "../api.yml"})})

    (key,) = packaged.assets
    expected = json.loads(json.dumps(form).replace("KEY", key))
    assert resources(packaged)["It"]["Properties"] == {name: expected}


def test_a_nested_template_is_packaged_with_the_paths_from_its_own_folder(root: Path) -> None:
    inner = json.dumps({"Resources": {"Api": function("../../src")}})
    write(root, "infra/inner/t.yml", inner)

    packaged = package(root, {"One": nested("inner/t.yml"), "Two": nested("./inner/t.yml")})

    code, template = packaged.assets
    assert resources(packaged)["One"]["Properties"]["TemplateURL"] == f"{URL}/{template}"
    assert resources(packaged)["One"] == resources(packaged)["Two"]
    assert resources(packaged, template)["Api"]["Properties"]["Code"] == {"S3Bucket": "assets", "S3Key": code}
    assert template == f"assets/{hashlib.sha256(packaged.assets[template].read_bytes()).hexdigest()}.json"


def test_a_nested_template_of_jinja_is_rendered(root: Path) -> None:
    packaged = package(root, {"In": nested("in.yml.j2")}, in__yml__j2="Resources: {T: {Type: {{ functions.INSTALL }}}}")

    (template,) = packaged.assets
    assert resources(packaged, template) == {"T": {"Type": "install"}}


@pytest.mark.parametrize(
    "value",
    [
        {"ZipFile": "def handler(): ..."},
        {"ImageUri": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1"},
        {"S3Bucket": "theirs", "S3Key": {"Ref": "Key"}},
        {"Fn::If": ["IsProd", "../src", {"Ref": "AWS::NoValue"}]},
        "https://theirs.s3.amazonaws.com/code.zip",
        "{{resolve:ssm:/code}}",
    ],
)
def test_what_names_no_local_path_stays_as_it_is(root: Path, value: object) -> None:
    packaged = package(root, {"Api": function(value), "In": nested("https://theirs.s3.amazonaws.com/t.yml")})

    assert resources(packaged) == {"Api": function(value), "In": nested("https://theirs.s3.amazonaws.com/t.yml")}
    assert packaged.assets == {}


@pytest.mark.parametrize(
    ("address", "mapping"),
    [
        ("s3://theirs/code.zip", {"S3Bucket": "theirs", "S3Key": "code.zip"}),
        ("s3://theirs/a/b?versionId=one", {"S3Bucket": "theirs", "S3Key": "a/b", "S3ObjectVersion": "one"}),
    ],
)
def test_an_object_is_named_by_a_mapping_where_cloudformation_asks_for_one(
    root: Path, address: str, mapping: dict[str, str]
) -> None:
    layer = resource("AWS::Serverless::LayerVersion", ContentUri=address)

    packaged = package(root, {"Api": function(address), "Layer": layer})

    assert resources(packaged) == {"Api": function(mapping), "Layer": layer}


def test_a_resource_that_the_pipeline_delivers_is_packaged_like_any_other(root: Path) -> None:
    delivered = function("../src") | {"Metadata": {"Delivery": {"Type": "lambda", "Code": "../src"}}}

    packaged = package(root, {"Api": delivered})

    assert resources(packaged)["Api"]["Metadata"] == delivered["Metadata"]
    assert resources(packaged)["Api"]["Properties"]["Code"]["S3Bucket"] == "assets"


def test_the_packaged_template_is_written_the_same_whatever_the_order_in_its_source(root: Path) -> None:
    one = package(root, "Resources:\n  B: {Type: x}\n  A: {Type: !Sub 'ü${C}'}\n").template.read_bytes()
    two = package(
        root, '{"Resources": {"A": {"Type": {"Fn::Sub": "ü${C}"}}, "B": {"Type": "x"}}}'
    ).template.read_bytes()

    assert one == two == rb'{"Resources":{"A":{"Type":{"Fn::Sub":"\u00fc${C}"}},"B":{"Type":"x"}}}'


def test_a_document_is_not_changed_by_its_packaging(root: Path) -> None:
    write(root, "infra/t.yml", json.dumps({"Resources": {"Api": function("../src")}}))
    read = document.read(Path("infra/t.yml"), root)

    packaging.package(read, root, "assets", URL, root / "out")

    assert read.body == {"Resources": {"Api": function("../src")}}


def test_all_mistakes_of_all_templates_are_told_together(root: Path) -> None:
    write(root.parent, "secret", "")
    inner = json.dumps({"Resources": {"Api": function("absent"), "Far": function("/etc/passwd")}})
    template = {
        "Absent": function("../my source"),
        "Far": function("../../secret"),
        "Folder": resource("AWS::ApiGateway::RestApi", BodyS3Location="../src"),
        "Object": function("s3://theirs"),
        "Inner": nested("inner.yml"),
        "Again": nested("inner.yml"),
        "Broken": nested("broken.yml"),
        "Empty": nested("empty.yml"),
        "NoTemplate": nested("../src"),
        "Gone": nested("gone.yml"),
        "Fn::ForEach::Loop": ["Name", ["a"], {"F${Name}": function("../${Name}")}],
        "Include": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "tags.yml"}}},
    }

    told = mistakes(root, template, inner__yml=inner, broken__yml="a: 1\na: 2", empty__yml="")

    assert told == [
        "infra/t.yml: Absent.Code: there is no ../my source",
        "infra/t.yml: Far.Code: ../../secret leads out of the project",
        "infra/t.yml: Folder.BodyS3Location: src is a folder where a file is needed",
        "infra/t.yml: Object.Code: s3://theirs names no object; it is s3://bucket/key",
        "infra/inner.yml: Api.Code: there is no absent",
        "infra/inner.yml: Far.Code: /etc/passwd leads out of the project",
        "infra/t.yml: Broken.TemplateURL: infra/broken.yml:2:1: the key a stands twice in one mapping",
        "infra/t.yml: Empty.TemplateURL: infra/empty.yml: it is empty; a template has Resources",
        "infra/t.yml: NoTemplate.TemplateURL: ../src is a folder where a template is needed",
        "infra/t.yml: Gone.TemplateURL: there is no gone.yml",
        "infra/t.yml: F${Name}.Code: there is no ../${Name}; variables are not filled in here",
        "infra/t.yml: Resources.Include.Fn::Transform.Location: there is no tags.yml",
    ]
    assert not (root / "out" / "template.json").exists()


def test_templates_that_nest_each_other_are_told_as_a_circle(root: Path) -> None:
    (root / "infra" / "link.yml").symlink_to("t.yml")
    inner = json.dumps({"Resources": {"Outer": nested("t.yml")}})

    told = mistakes(root, {"Inner": nested("a.yml"), "Own": nested("link.yml")}, a__yml=inner)

    words = "TemplateURL: templates nest each other without end"
    assert told == [
        f"infra/a.yml: Outer.{words}: infra/t.yml → infra/a.yml → infra/t.yml",
        f"infra/t.yml: Own.{words}: infra/t.yml → infra/t.yml",
    ]


def test_the_same_template_may_be_nested_on_two_ways(root: Path) -> None:
    middle = json.dumps({"Resources": {"Low": nested("low.yml")}})
    template = {"Middle": nested("middle.yml"), "Low": nested("low.yml")}

    packaged = package(root, template, middle__yml=middle, low__yml="Resources: {T: {Type: x}}")

    assert len(packaged.assets) == 2


LARGE = f"Resources: {{A: {{Type: [&x {'a' * 9_997}{', *x' * 99}]}}}}"
"""A hundred times the same ten thousand bytes, once the aliases are written out."""


def test_a_linked_template_finds_its_paths_from_the_folder_of_each_link(root: Path) -> None:
    write(root, "infra/shared.yml", json.dumps({"Resources": {"Api": function("code.py")}}))
    for name in ("one", "two"):
        write(root, f"infra/{name}/code.py", name)
        (root / "infra" / name / "t.yml").symlink_to("../shared.yml")

    packaged = package(root, {"One": nested("one/t.yml"), "Two": nested("two/t.yml")})

    assert len(packaged.assets) == 4


def test_a_packaged_template_that_is_too_large_for_cloudformation_is_refused(root: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        package(root, LARGE)

    expected = "infra/t.yml, packaged: it has 1000030 bytes, and CloudFormation takes 1000000; split it"
    assert str(raised.value).startswith(expected)


def test_a_nested_template_that_is_too_large_is_told_by_its_resource(root: Path) -> None:
    (told,) = mistakes(root, {"In": nested("large.yml")}, large__yml=LARGE)

    assert told.startswith("infra/t.yml: In.TemplateURL: infra/large.yml, packaged: it has 1000030 bytes")


def test_a_template_that_is_nested_too_deeply_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(places, "find", deep)

    with pytest.raises(Misconfigured, match=r"^infra/t\.yml: it is nested too deeply"):
        package(root, {"A": function("../src")})


class Uploader:
    """Stands for that of the AWS CLI: what it would send is named by what is in it."""

    def upload_with_dedup(self, path: str, extension: str = "") -> str:
        return f"s3://assets/{meaning(Path(path), {}, is_template=bool(extension))}"

    def to_path_style_s3_url(self, key: str, version: str | None = None) -> str:
        assert version is None
        return f"{URL}/{key}"


def meaning(path: Path, names: dict[str, str], *, is_template: bool) -> str:
    """What a file says, whatever its notation or the dates in it."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            said = repr(sorted((name, archive.read(name)) for name in archive.namelist()))
    else:
        said = renamed(path.read_text(), names)
        if is_template:
            said = json.dumps(notation.read(said, "t.yml"), sort_keys=True)
    return f"assets/{hashlib.sha256(said.encode()).hexdigest()}"


def renamed(text: str, names: dict[str, str]) -> str:
    for key, name in names.items():
        text = text.replace(key, name)
    return text


def ours(packaged: Package) -> Any:
    names: dict[str, str] = {}
    for key, path in packaged.assets.items():
        names[key] = meaning(path, names, is_template=path.suffix == ".json")
    return json.loads(renamed(packaged.template.read_text(), names))


COMPARED = {
    "paths of every kind": """
Resources:
  Folder: {Type: AWS::Lambda::Function, Properties: {Code: ../src, Handler: app.handler}}
  Spaces: {Type: AWS::Lambda::Function, Properties: {Code: my code/}}
  File: {Type: AWS::Lambda::Function, Properties: {Code: my code/one.py}}
  Zip: {Type: AWS::Serverless::Function, Properties: {CodeUri: ready.zip}}
  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: ../src}}
  Content: {Type: AWS::Lambda::LayerVersion, Properties: {Content: ../src}}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: ../api.yml}}
  Sam: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: ../api.yml}}
  Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: ../api.yml}}
  Job: {Type: AWS::Glue::Job, Properties: {Command: {Name: glueetl, ScriptLocation: ../src/app.py}}}
  Repository: {Type: AWS::CodeCommit::Repository, Properties: {Code: {S3: ../src}}}
  Version: {Type: AWS::ElasticBeanstalk::ApplicationVersion, Properties: {SourceBundle: ../src}}
  Schema: {Type: AWS::AppSync::GraphQLSchema, Properties: {DefinitionS3Location: ../api.yml}}
  Fn::ForEach::Loop: [Name, [a, b], {"F${Name}": {Type: AWS::Lambda::Function, Properties: {Code: ../src}}}]
""",
    "nothing said": """
Resources:
  Function: {Type: AWS::Lambda::Function, Properties: {Handler: app.handler}}
  Empty: {Type: AWS::Lambda::Function, Properties: {Code: ""}}
  Sam: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler}}
  Bare: {Type: AWS::Lambda::Function}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {Parameters: {}}}
""",
    "what stays": """
Resources:
  Inline: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: "exports = 1"}}}
  Image: {Type: AWS::Lambda::Function, Properties: {Code: {ImageUri: !Ref Image}}}
  Chosen: {Type: AWS::Lambda::Function, Properties: {Code: !If [A, ../src, !Ref AWS::NoValue]}}
  Object: {Type: AWS::Lambda::Function, Properties: {Code: "s3://theirs/a/b.zip?versionId=1"}}
  Sam: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://theirs/code.zip}}
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://theirs.s3.amazonaws.com/t.yml}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: ../src}}
""",
    "templates and includes": """
Metadata: {"AWS::ServerlessRepo::Application": {Name: shop, ReadmeUrl: ../api.yml}}
Mappings: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: ../api.yml}}}
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner/t.yml}}
  Sam: {Type: AWS::Serverless::Application, Properties: {Location: inner/t.yml}}
  Published: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a, SemanticVersion: 1.0.0}}}
  Other: {"Fn::Transform": {Name: Mine, Parameters: {Location: ../api.yml}}}
""",
}


@pytest.mark.parametrize("case", COMPARED)
def test_the_outcome_is_that_of_aws_cloudformation_package(
    root: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    write(root, "infra/my code/one.py", "1")
    (root / "infra" / "my code" / "linked").symlink_to("../../src")
    write(root, "infra/inner/t.yml", json.dumps({"Resources": {"Api": function("../../src"), "T": {"Type": "x"}}}))
    with zipfile.ZipFile(root / "infra" / "ready.zip", "w") as archive:
        archive.writestr("ready.py", "2")
    packaged = package(root, COMPARED[case])
    monkeypatch.chdir(root / "infra")

    theirs = aws.Template("t.yml", os.getcwd(), Uploader()).export()  # noqa: PTH109 - as its own command calls it

    assert ours(packaged) == json.loads(json.dumps(theirs))
