from __future__ import annotations

import pytest

from serverless_pipeline.local.functions import aliases

DIVIDED = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}}}


@pytest.mark.parametrize(
    ("drawn", "version"),
    [(0.0, "2"), (0.2499, "2"), (0.25, "1"), (0.9999, "1")],
)
def test_the_weight_is_the_share_of_the_draws_that_go_to_the_additional_version(drawn: float, version: str) -> None:
    assert aliases.version(DIVIDED, drawn) == version


def test_an_alias_without_weights_has_one_version_for_all_draws() -> None:
    assert {aliases.version({"FunctionVersion": "7"}, drawn / 10) for drawn in range(10)} == {"7"}
