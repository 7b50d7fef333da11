from __future__ import annotations

from serverless_pipeline import functions


def test_the_functions_of_a_pipeline_are_these() -> None:
    assert functions.ALL == ("install", "run-task", "deploy", "report-lost-job", "rollback")


def test_a_function_is_named_after_its_stack() -> None:
    assert functions.name("shop", functions.ROLLBACK) == "shop-rollback"
