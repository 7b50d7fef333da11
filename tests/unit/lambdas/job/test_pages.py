from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import PaginationError

from lambdas.job.ending import JobError
from lambdas.job.pages import moving

ONE, TWO = {"Items": [1], "NextToken": "b"}, {"Items": [2], "NextToken": "a"}
WORDS = r"^AWS tells the same of the shop again and again; retry the stage$"


def test_every_page_of_a_list_that_goes_on_is_told() -> None:
    told: list[dict[str, Any]] = [{"events": [], "nextToken": "a"}, {"events": [], "nextToken": "b"}, {"events": [1]}]

    assert list(moving(told, "the log")) == told


@pytest.mark.parametrize("told", [[ONE, ONE], [ONE, TWO, ONE], [{"NextToken": "b"}, {"NextToken": "b"}]])
def test_a_list_that_tells_a_page_again_ends_and_is_named(told: list[dict[str, Any]]) -> None:
    """Another answer is no other page."""
    answers = [{**page, "ResponseMetadata": {"RequestId": number}} for number, page in enumerate(told)]

    with pytest.raises(JobError, match=WORDS):
        list(moving(answers, "the shop"))


def test_a_page_that_names_itself_as_the_next_ends_the_list_and_is_named() -> None:
    def paginator() -> Any:
        yield ONE
        raise PaginationError(message="The same next token was received twice: b")

    with pytest.raises(JobError, match=WORDS):
        list(moving(paginator(), "the shop"))
