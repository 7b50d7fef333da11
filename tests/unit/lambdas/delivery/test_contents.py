from __future__ import annotations

import base64
import json
import random
import re
import string
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.delivery import contents, delivery
from lambdas.delivery.change_set import ChangeSet
from lambdas.delivery.contents import Contents
from lambdas.delivery.order import Kind, Order
from lambdas.job.ending import TOKEN_LIMIT, Continued, JobError, Misconfigured
from lambdas.job.job import Artifact
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PACKAGE = Artifact("PackageOutput", "artifact-bucket", "dromedary/PackageOut/x")
FILE = {"ids": ["Orders", "Live", "Site"], "parts": ["Orders", "Shop"]}
NAMES = st.lists(st.text()).map(tuple)
UUID = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"
LONGEST = "arn:aws-us-gov:cloudformation:us-gov-west-1:111122223333:"
"""As ARNs begin where partition and region have long names."""
CHANGE_SET = ChangeSet(f"{LONGEST}stack/{'x' * 128}/{UUID}", f"{LONGEST}changeSet/job-{UUID}/{UUID}")
WORDS = re.findall(
    r"\w+",
    "Order Stock Price Customer Invoice Payment Basket Shipment Product Search Review Rating Login Session "
    "Report Export Import Daily Hourly Sync Notify Create Update Delete List Process Handle Validate Archive "
    "Email Webhook Refund Coupon Catalog Inventory Supplier Warehouse Delivery Tracking Audit Metrics Billing "
    "Account Profile Address Image Upload Resize Thumbnail Message Queue Consumer Producer Stream Reader "
    "Writer Scheduler Monitor",
)


@pytest.fixture
def read(tmp_path: Path, pack: Callable[..., bytes]) -> Callable[..., Contents]:
    """Read the contents by these parameters of an action, from an artifact that holds these files."""

    def run(parameters: Mapping[str, str], **files: Any) -> Contents:
        zip_file = tmp_path / "PackageOutput.zip"
        zip_file.write_bytes(pack({f"{name}.json": json.dumps(content) for name, content in files.items()}))
        return Contents.of(Order(parameters, PACKAGE, 0), zip_file)

    return run


def called(chance: random.Random, length: int) -> str:
    """A name of some words, as a function has it."""
    words = "".join(chance.choices(WORDS, k=length))
    return words[: length - len("Function")] + "Function"


def scrambled(chance: random.Random, length: int) -> str:
    """A name in which nothing is to be found twice."""
    return "".join(chance.choices(string.ascii_letters + string.digits, k=length))


def of_names(name: Callable[[random.Random, int], str], seed: int = 0) -> dict[str, list[str]]:
    """As many deliveries as a stage has room for, each with as long a name as it may have."""
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
    names = [name(chance, 50) for _ in range(50)]
    return {"ids": names, "parts": names}


def token(text: str, tmp_path: Path) -> str:
    """What CodePipeline is handed for a text: beside the ARNs, and the digest of the artifact around it."""
    (tmp_path / "artifact.zip").write_bytes(b"")
    inner = Continued(json.dumps([CHANGE_SET.token(), text]))
    outcome = delivery.begin(Kind((), lambda *_: inner), Order({}, PACKAGE, 0), tmp_path / "artifact.zip")
    assert isinstance(outcome, Continued)
    return outcome.token


def compressed(content: object) -> str:
    return base64.b85encode(zlib.compress(json.dumps(content).encode())).decode()


def test_an_action_that_names_nothing_delivers_a_stack_alone(read: Callable[..., Contents]) -> None:
    assert read({}) == Contents()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"ids": "Queue,Table", "parts": "Site"}, Contents(("Queue", "Table"), ("Site",))),
        ({"ids": ",Queue,,Table,"}, Contents(("Queue", "Table"))),
        ({"parts": "Site", "ids": ""}, Contents(parts=("Site",))),
    ],
)
def test_an_action_may_name_them_itself_separated_by_commas(
    read: Callable[..., Contents], parameters: dict[str, str], expected: Contents
) -> None:
    assert read(parameters, deliveries=FILE) == expected


def test_a_file_in_the_artifact_names_them(read: Callable[..., Contents]) -> None:
    found = read({"deliveries": "deliveries.json"}, deliveries=FILE)

    assert found == Contents(("Orders", "Live", "Site"), ("Orders", "Shop"))


def test_what_an_action_names_itself_comes_after_what_its_file_does(read: Callable[..., Contents]) -> None:
    found = read({"deliveries": "other.json", "ids": "Queue", "parts": "Admin,Help"}, other=FILE)

    assert found == Contents(("Orders", "Live", "Site", "Queue"), ("Orders", "Shop", "Admin", "Help"))


def test_a_file_that_the_artifact_does_not_hold_is_named_beside_what_it_does(read: Callable[..., Contents]) -> None:
    message = r"^There is no deliveries\.json in the artifact PackageOutput; it holds other\.json$"
    with pytest.raises(JobError, match=message):
        read({"deliveries": "deliveries.json", "ids": "Queue"}, other=FILE)


@pytest.mark.parametrize(
    "content",
    [
        *([], ["ids", "parts"], "ids", 1, None, {}, {"ids": []}, {"parts": []}),
        *({"ids": "Queue", "parts": []}, {"ids": [], "parts": {"Site": 1}}, {"ids": [1], "parts": []}),
        *({"ids": [], "parts": ["Site", None]}, {"ids": [], "parts": [], "more": []}),
    ],
)
def test_a_file_of_another_form_is_refused(read: Callable[..., Contents], content: object) -> None:
    with pytest.raises(JobError) as caught:
        read({"deliveries": "deliveries.json"}, deliveries=content)

    assert str(caught.value) == (
        'deliveries.json in the artifact PackageOutput must be {"ids": […], "parts": […]}, of texts'
    )


@settings(deadline=None)
@given(ids=NAMES, parts=NAMES)
def test_what_goes_into_a_token_comes_out_of_it(ids: tuple[str, ...], parts: tuple[str, ...]) -> None:
    whole = Contents(ids, parts)

    assert Contents.from_text(whole.to_text()) == whole


@settings(deadline=None)
@given(ids=NAMES, parts=NAMES)
def test_the_text_in_a_token_is_written_the_same_in_json(ids: tuple[str, ...], parts: tuple[str, ...]) -> None:
    text = Contents(ids, parts).to_text()

    assert json.dumps(text) == f'"{text}"'


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "ü", "a b", '"', "[]", json.dumps(FILE), 1, None, ["x"], {"ids": []}),
        base64.b85encode(zlib.compress(b"\xff")).decode(),
        base64.b85encode(zlib.compress(b"no JSON")).decode(),
        Contents(("Queue",)).to_text()[:-5],
        *map(compressed, ([], None, {}, {"ids": [], "parts": [1]})),
    ],
)
def test_a_text_that_no_delivery_left_is_refused(text: Any) -> None:
    with pytest.raises(Misconfigured) as caught:
        Contents.from_text(text)

    assert str(caught.value).splitlines()[1:] == [
        "  - the continuation token is none of a stack's; release the change again"
    ]


@pytest.mark.parametrize("seed", range(10))
def test_fifty_deliveries_with_names_of_fifty_letters_go_into_a_token(
    read: Callable[..., Contents], tmp_path: Path, seed: int
) -> None:
    names = of_names(called, seed)

    whole = token(read({"deliveries": "deliveries.json"}, deliveries=names).to_text(), tmp_path)

    assert {len(name) for name in names["ids"]} == {50}
    assert len(whole) <= TOKEN_LIMIT


def test_names_that_a_token_has_no_room_for_are_refused_with_what_helps(read: Callable[..., Contents]) -> None:
    names = of_names(scrambled)
    size = len(Contents(tuple(names["ids"]), tuple(names["parts"])).to_text())

    with pytest.raises(JobError) as caught:
        read({"deliveries": "deliveries.json"}, deliveries=names)

    assert size > contents.ROOM
    assert str(caught.value) == (
        f"50 logical IDs and 50 parts have {size} characters when compressed, and a continuation token has room for "
        f"1550; give resources and deliveries shorter names"
    )


def test_names_may_fill_the_room_and_need_not_be_in_a_file(
    read: Callable[..., Contents], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Contents(("Queue", "Table"), ("Site",))
    names = {"ids": "Queue,Table", "parts": "Site"}

    monkeypatch.setattr(contents, "ROOM", len(whole.to_text()))
    assert read(names) == whole

    monkeypatch.setattr(contents, "ROOM", len(whole.to_text()) - 1)
    with pytest.raises(JobError, match=r"^2 logical IDs and 1 parts have "):
        read(names)


def test_the_room_is_what_the_longest_names_of_aws_leave_of_a_token(tmp_path: Path) -> None:
    whole = token("x" * contents.ROOM, tmp_path)

    assert TOKEN_LIMIT - 50 < len(whole) <= TOKEN_LIMIT


@pytest.mark.parametrize(
    ("parts", "variables"),
    [((), {}), (("Site",), {"Release_Parts": "Site"}), (("Orders", "Site"), {"Release_Parts": "Orders,Site"})],
)
def test_the_parts_go_on_record_in_one_variable_where_there_are_any(
    parts: tuple[str, ...], variables: dict[str, str]
) -> None:
    assert Contents(("Queue",), parts).variables == variables


def test_the_keys_are_those_by_which_an_action_names_them() -> None:
    assert contents.KEYS == ("deliveries", "ids", "parts")


def test_contents_do_not_change_while_they_travel() -> None:
    assert changeable(Contents()) == []
