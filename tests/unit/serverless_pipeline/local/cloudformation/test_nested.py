from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import nested

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

NESTED = "AWS::CloudFormation::Stack"
BEFORE = {"Arn": "arn:old", "Name": "name"}
CHANGE = ({"old": 1}, {"new": 1}, "shop", "Table")


@pytest.fixture
def events(cloudformation: CloudFormation) -> list[tuple[Any, ...]]:
    """The events that MiniStack adds; there are nested stacks, two of them of an earlier parent of that name."""
    events: list[tuple[Any, ...]] = []
    cloudformation.add_stack("shop", _resources={"Table": {"Attributes": BEFORE}, "Bare": {}})
    for number, parent in (("1", "arn:stack/shop/0"), ("2", "arn:stack/shop/1"), ("3", "arn:stack/shop/1")):
        cloudformation.add_stack(f"shop-Inner-{number}", ParentId=parent)
    cloudformation.add_stack("shop-Inner-4", ParentId="arn:stack/shop/0")
    cloudformation.add_stack("shop-Other-5", ParentId="arn:stack/shop/1")
    body = b"<StackId>arn:stack/shop-Other-5/1</StackId>"
    cloudformation.actions["DescribeStacks"] = lambda one: (*cloudformation.answer(one)[:2], body)
    seams.UPDATE_RESOURCE.replace(lambda kind, physical_id, *change: (f"{physical_id}{kind}", {"change": change}))
    seams.ADD_EVENT.replace(lambda *event, **more: events.append((*event, more)))
    seams.UNKNOWN_ATTRIBUTE.replace(lambda _, logical_id, attribute: f"{logical_id} has no {attribute}")
    nested.install()
    return events


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("attributes", "known"),
    [((), BEFORE), ((None,), BEFORE), (({"Arn": "arn:given"},), {"Arn": "arn:given"}), (({},), {})],
)
def test_an_update_keeps_the_attributes_it_does_not_change(attributes: tuple[Any, ...], known: dict[str, str]) -> None:
    assert seams.UPDATE_RESOURCE("", "physical", *CHANGE, *attributes) == (
        "physical",
        {**known, "change": (*CHANGE, known)},
    )


@pytest.mark.usefixtures("events")
def test_a_replacement_has_attributes_of_its_own() -> None:
    assert seams.UPDATE_RESOURCE("-new", "physical", *CHANGE) == ("physical-new", {"change": (*CHANGE, BEFORE)})


@pytest.mark.usefixtures("events")
def test_the_outputs_of_a_nested_stack_are_those_that_it_has_now(cloudformation: CloudFormation) -> None:
    cloudformation.stacks["shop"]["_resources"]["Inner"] = {"Attributes": {"Outputs.Old": "1"}}
    seams.UPDATE_RESOURCE.replace(lambda _kind, physical_id, *_: (physical_id, {"Outputs.New": "2"}))
    nested.install()

    assert seams.UPDATE_RESOURCE(NESTED, "arn", {"old": 1}, {"new": 1}, "shop", "Inner")[1] == {"Outputs.New": "2"}


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("kind", "attribute", "words"),
    [
        (NESTED, "Outputs.Url", "Output 'Url' not found in stack 'arn:inner'"),
        (NESTED, "Url", "Inner has no Url"),
        ("AWS::S3::Bucket", "Outputs.Url", "Inner has no Outputs.Url"),
    ],
)
def test_an_output_that_is_not_there_is_told_in_words_of_its_own(kind: str, attribute: str, words: str) -> None:
    resource = {"ResourceType": kind, "PhysicalResourceId": "arn:inner"}

    assert seams.UNKNOWN_ATTRIBUTE(resource, "Inner", attribute) == words


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("place", [("shop", "Bare"), ("shop", "Nothing"), ("nobody", "Table"), ("shop",)])
def test_what_has_no_attributes_keeps_none(place: tuple[str, ...]) -> None:
    assert seams.UPDATE_RESOURCE("", "physical", {}, {}, *place)[1]["change"][4:] == ({},)


def test_the_event_of_a_nested_stack_names_the_one_that_was_made_last(events: list[tuple[Any, ...]]) -> None:
    seams.ADD_EVENT("arn:stack/shop/1", "shop", "Inner", NESTED, "CREATE_FAILED", "why")

    assert events == [
        (
            *("arn:stack/shop/1", "shop", "Inner", NESTED, "CREATE_FAILED", "why"),
            {"physical_id": "arn:stack/shop-Inner-3/1"},
        )
    ]


def test_a_nested_stack_that_is_not_there_has_no_name(events: list[tuple[Any, ...]]) -> None:
    seams.ADD_EVENT("arn:stack/shop/7", "shop", "Inner", NESTED, "CREATE_FAILED")

    assert events[0][-1] == {"physical_id": ""}


@pytest.mark.parametrize(
    ("event", "more"),
    [
        (("shop", "shop", NESTED, "CREATE_FAILED"), {}),
        (("shop", "Inner", "AWS::S3::Bucket", "CREATE_FAILED"), {}),
        (("shop", "Inner", NESTED, "CREATE_FAILED", "why", "arn:named"), {}),
        (("shop", "Inner", NESTED, "CREATE_FAILED"), {"physical_id": "arn:named"}),
    ],
)
def test_an_event_of_anything_else_or_one_that_is_named_stays_as_it_is(
    events: list[tuple[Any, ...]], event: tuple[str, ...], more: dict[str, str]
) -> None:
    seams.ADD_EVENT("arn:stack/shop/1", *event, **more)

    assert events == [("arn:stack/shop/1", *event, more)]


@pytest.mark.parametrize(("status", "listed"), [("UPDATE_FAILED", "UPDATE_FAILED"), ("UPDATE_COMPLETE", None)])
def test_a_resource_that_failed_to_be_updated_is_listed_as_such(
    cloudformation: CloudFormation, events: list[tuple[Any, ...]], status: str, listed: str | None
) -> None:
    seams.ADD_EVENT("arn:stack/shop/1", "shop", "Table", "AWS::DynamoDB::Table", status)
    seams.ADD_EVENT("arn:stack/shop/1", "shop", "Nothing", "AWS::DynamoDB::Table", status)
    seams.ADD_EVENT("arn:stack/other/1", "other", "Table", "AWS::DynamoDB::Table", status)

    assert len(events) == 3
    assert cloudformation.stacks["shop"]["_resources"]["Table"].get("ResourceStatus") == listed
    assert cloudformation.stacks["shop"]["_resources"].keys() == {"Table", "Bare"}


def test_a_nested_stack_tells_its_parent_and_its_root(cloudformation: CloudFormation) -> None:
    cloudformation.add_stack("root", StackId="arn:<root>")
    cloudformation.add_stack("inner", StackId="arn:inner", ParentId="arn:<root>")
    cloudformation.add_stack("innermost", StackId="arn:innermost", ParentId="arn:inner")
    body = "".join(f"<StackId>{name}</StackId>" for name in ("arn:&lt;root&gt;", "arn:inner", "arn:innermost", "arn:x"))

    answer = nested.relating(lambda _: (200, {"x": "y"}, body.encode()))({})

    root = "<RootId>arn:&lt;root&gt;</RootId>"
    assert answer == (
        200,
        {"x": "y"},
        (
            "<StackId>arn:&lt;root&gt;</StackId>"
            f"<StackId>arn:inner</StackId><ParentId>arn:&lt;root&gt;</ParentId>{root}"
            f"<StackId>arn:innermost</StackId><ParentId>arn:inner</ParentId>{root}"
            "<StackId>arn:x</StackId>"
        ).encode(),
    )


@pytest.mark.usefixtures("events")
def test_describe_stacks_tells_relatives(cloudformation: CloudFormation) -> None:
    _, _, body = cloudformation.actions["DescribeStacks"]({"StackName": "shop"})

    assert cloudformation.requests == [{"StackName": "shop"}]
    assert body == (
        b"<StackId>arn:stack/shop-Other-5/1</StackId>"
        b"<ParentId>arn:stack/shop/1</ParentId><RootId>arn:stack/shop/1</RootId>"
    )
