"""The resources of a template that the pipeline itself fills."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.environment import delivery
from serverless_pipeline.environment.delivery import Delivery, Output, Reference
from serverless_pipeline.errors import Misconfigured

FUNCTION = {"Type": "AWS::Lambda::Function"}
SITE = {"Type": "AWS::S3::Bucket"}
API = {"Type": "AWS::ApiGateway::RestApi"}


def body(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources, "Outputs": {"ApiUrl": {"Value": "x"}}, "Parameters": {"EnvironmentName": {}}}


def carrying(resource: dict[str, Any], **entry: Any) -> dict[str, Any]:
    return {**resource, "Metadata": {"Delivery": entry}}


def refusal(**resources: Any) -> str:
    with pytest.raises(Misconfigured) as refused:
        delivery.read(body(**resources))
    return str(refused.value)


def test_a_function_is_delivered_by_version_and_alias() -> None:
    (one,) = delivery.read(body(Worker=carrying(FUNCTION, Path="dist/worker.zip", Alias="live")))

    assert one == Delivery(
        logical_id="Worker",
        type="lambda",
        name="Worker",
        path="dist/worker.zip",
        output="",
        parameters={"function": Reference("Worker"), "alias": "live"},
    )


def test_an_api_names_its_stage_and_the_functions_behind_it() -> None:
    entry = {
        "Path": "dist/openapi.json",
        "Stage": "Stage",
        "Function": "Alias",
        "Integrations": {"Orders": "Orders"},
    }

    (one,) = delivery.read(body(Api=carrying(API, **entry), Stage={}, Alias={}, Orders={}))

    assert one.parameters == {
        "api": Reference("Api"),
        "stage": Reference("Stage"),
        "function": Reference("Alias"),
        "Integration.Orders": Reference("Orders"),
    }
    assert list(one.references) == ["Api", "Stage", "Alias", "Orders"]


def test_a_stage_that_is_no_resource_is_a_name() -> None:
    (one,) = delivery.read(body(Api=carrying(API, Path="api.json", Stage="{environment}")))

    assert one.parameters["stage"] == "{environment}"


def test_an_alias_is_a_name_whatever_resources_are_called() -> None:
    (one,) = delivery.read(body(live=carrying(FUNCTION, Path="a.zip", Alias="live")))

    assert one.parameters["alias"] == "live"


def test_a_site_may_know_an_output_of_the_stack() -> None:
    (one,) = delivery.read(body(Site=carrying(SITE, Path="dist/site", ApiBaseurl="ApiUrl")))

    assert one.parameters == {"bucket": Reference("Site"), "apiBaseurl": Output("ApiUrl")}


def test_a_site_may_stand_behind_a_distribution_and_say_what_browsers_are_told() -> None:
    entry = {"Path": "site", "Distribution": "Cdn", "Types": {"*.ics": "text/calendar"}, "Caches": {"*": "no"}}

    (one,) = delivery.read(body(Site=carrying(SITE, **entry), Cdn={}))

    assert one.parameters == {
        "bucket": Reference("Site"),
        "distribution": Reference("Cdn"),
        "Type.*.ics": "text/calendar",
        "Cache.*": "no",
    }


def test_a_name_an_artifact_and_a_task_can_be_chosen() -> None:
    named, built = delivery.read(
        body(
            A=carrying(SITE, Path="a", Name="Docs", Output="DistDocsOutput"),
            B=carrying(SITE, Path="b", Task="build-site"),
        )
    )

    assert (named.name, named.output, named.task) == ("Docs", "DistDocsOutput", "")
    assert (built.name, built.output, built.task) == ("B", "", "build-site")


def test_all_of_a_delivery_is_in_its_words() -> None:
    entry = {"Path": "api.json", "Stage": "live", "Function": "Worker", "Output": "DocumentOutput"}

    api, site, built = delivery.read(
        body(
            Api=carrying(API, **entry),
            Worker={},
            Site=carrying(SITE, Path="dist/site", ApiBaseurl="ApiUrl"),
            Docs=carrying(SITE, Path="docs", Name="Manual", Task="docs.build"),
        )
    )

    assert api.words == "Api from api.json, artifact=DocumentOutput, api=!Ref Api, stage=live, function=!Ref Worker"
    assert site.words == "Site from dist/site, bucket=!Ref Site, apiBaseurl=ApiUrl"
    assert built.words == "Manual from docs, task=docs.build, bucket=!Ref Docs"


def test_what_has_no_artifact_of_its_own_is_a_file_of_the_package() -> None:
    (one,) = delivery.read(body(A=carrying(SITE, Path="a", Name="Docs")))

    assert one.file == "deliveries/Docs.zip"


def test_a_template_may_deliver_nothing_itself() -> None:
    nothing = body(Table={"Type": "AWS::DynamoDB::Table", "Metadata": {"Other": 1}}, Loop=[])

    assert delivery.read(nothing) == ()


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (carrying({"Type": "AWS::SQS::Queue"}, Path="a"), "X: a AWS::SQS::Queue cannot be delivered; AWS::Lambda::"),
        ({**SITE, "Metadata": {"Delivery": "dist"}}, "X: Delivery must be a map, such as {Path: dist/site}"),
        (carrying(SITE), "X: Path is missing"),
        (carrying(FUNCTION, Path="a"), "X: Alias is missing"),
        (
            carrying(SITE, Path="a", Alias="live"),
            "X: there is no Alias; a AWS::S3::Bucket has Path, Name, Output, Task",
        ),
        (carrying(SITE, Path="/etc"), "X: Path must be a path in the project; it is '/etc'"),
        (carrying(SITE, Path="a/../../b"), "X: Path must be a path in the project; it is 'a/../../b'"),
        (carrying(SITE, Path=["a"]), "X: Path must be a path in the project; it is ['a']"),
        (carrying(SITE, Path="a", Name="my site"), "X: Name must be 1 to 50 letters and digits; it is 'my site'"),
        (carrying(SITE, Path="a", Output="SourceOutput"), "X: Output must be the name of an artifact"),
        (carrying(SITE, Path="a", Task="-x"), "X: Task must be the name of a task; it is '-x'"),
        (carrying(SITE, Path="a", Task="t", Output="O"), "X: Task and Output exclude each other"),
        (carrying(SITE, Path="a", ApiBaseurl="Nothing"), "X: ApiBaseurl must name an output of the template"),
        (carrying(API, Path="a", Stage={"Ref": "X"}), "X: Stage must be a text; it is {'Ref': 'X'}"),
        (
            carrying(API, Path="a", Stage="s", Function="Y"),
            "X: Function must be the logical ID of a resource; it is 'Y'",
        ),
        (carrying(SITE, Path="a", Distribution={"Ref": "X"}), "X: Distribution must be the logical ID of a resource"),
        (carrying(API, Path="a", Stage="s", Integrations=["A"]), "X: Integrations must be a map of names to resources"),
    ],
)
def test_metadata_without_sense_are_refused_by_name(resource: dict[str, Any], words: str) -> None:
    assert words in refusal(X=resource)


def test_all_mistakes_are_told_together() -> None:
    told = refusal(X=carrying(SITE), Y=carrying(FUNCTION, Path="/a", Alias="live"))

    assert "X: Path is missing" in told
    assert "Y: Path must be" in told


def test_two_deliveries_have_neither_a_name_nor_an_artifact_in_common() -> None:
    one = carrying(SITE, Path="a", Name="Docs", Output="DocsOutput")

    told = refusal(X=one, Y=one)

    assert "Name Docs is there twice" in told
    assert "Output DocsOutput is there twice" in told


def test_as_many_artifacts_as_codepipeline_takes_and_no_more() -> None:
    def sites(count: int) -> dict[str, Any]:
        return {f"S{number}": carrying(SITE, Path="a", Output=f"O{number}") for number in range(count)}

    assert len(delivery.read(body(**sites(4)))) == 4
    assert "5 deliveries have an Output of their own; CodePipeline takes 4" in refusal(**sites(5))
