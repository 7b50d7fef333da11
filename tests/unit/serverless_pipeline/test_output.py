from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import output
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = {"name": "shop", "about": {"état": None}, "empty": {}}


@pytest.mark.parametrize("form", ["text", "json", "yaml"])
def test_each_format_is_taken(form: str) -> None:
    output.check(form)


@pytest.mark.parametrize("form", ["xml", "", "JSON"])
def test_a_format_that_there_is_not_is_told_with_those_that_there_are(form: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        output.check(form)

    assert str(raised.value) == f"--output: {form!r} must be one of text, json, yaml"


def test_text_is_the_lines() -> None:
    assert output.written(DOCUMENT, "text", (word for word in ("one", "two"))) == "one\ntwo"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            "json",
            '{\n  "name": "shop",\n  "about": {\n    "\\u00e9tat": null\n  },\n  "empty": {}\n}',
        ),
        ("yaml", "name: shop\nabout:\n  état: null\nempty: {}"),
    ],
)
def test_data_is_the_document_in_its_own_order_and_nobody_asks_for_the_lines(form: str, expected: str) -> None:
    def lines() -> Iterator[str]:
        pytest.fail("nobody reads them")
        yield ""

    assert output.written(DOCUMENT, form, lines()) == expected
