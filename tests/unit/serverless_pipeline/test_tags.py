from __future__ import annotations

import pytest

from serverless_pipeline import tags


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Team=shop, Cost Center = 4=2 ,Empty=", {"Team": "shop", "Cost Center": "4=2", "Empty": ""}),
        ("", {}),
        (" , ", {}),
    ],
)
def test_tags_are_read_by_key(text: str, expected: dict[str, str]) -> None:
    assert tags.read(text) == expected


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("Team", ("'Team' must be Key=Value",)),
        ("Team=a,Team=b", ("'Team=a,Team=b' names a key twice",)),
        (
            "x, Team=a,Team =b,y",
            ("'x' must be Key=Value", "'y' must be Key=Value", "'x, Team=a,Team =b,y' names a key twice"),
        ),
    ],
)
def test_what_cannot_be_read_is_told_together(text: str, mistakes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"must|names") as caught:
        tags.read(text)

    assert caught.value.args == mistakes


@pytest.mark.parametrize(
    "pair",
    [("aws:team", "shop"), ("AWS:team", "x"), ("", "shop"), ("k" * 129, ""), ("Team", "a*b"), ("Team", "a" * 257)],
)
def test_letters_and_lengths_that_aws_would_refuse_are_told(pair: tuple[str, str]) -> None:
    words = "must be 1 to 128 and 0 to 256 letters, digits, spaces or _.:/=+-@, not aws: first"

    assert list(tags.mistakes(dict([pair]))) == [f"'{pair[0]}={pair[1]}' {words}"]


def test_the_tag_that_every_stack_has_cannot_be_chosen() -> None:
    assert list(tags.mistakes({"Application": "x"})) == [
        "Application is the pipeline's own; its value is the name of the stack"
    ]
    assert tags.OWN == "Application"


@pytest.mark.parametrize(("number", "mistakes"), [(45, []), (46, ["46 are more than 45"])])
def test_more_than_a_resource_can_carry_is_told(number: int, mistakes: list[str]) -> None:
    assert list(tags.mistakes({f"K{index}": "v" for index in range(number)})) == mistakes


def test_the_longest_key_and_value_are_taken() -> None:
    assert list(tags.mistakes({"k" * 128: "v" * 256, "A _.:/=+@-9": ""})) == []
