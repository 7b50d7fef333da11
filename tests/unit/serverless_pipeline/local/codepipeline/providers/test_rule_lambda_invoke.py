"""A function says whether a condition is met."""

from __future__ import annotations

from serverless_pipeline.local.codepipeline.providers import invoke_lambda, rule_lambda_invoke


def test_a_rule_is_an_invocation_that_makes_nothing() -> None:
    assert vars(rule_lambda_invoke.PROVIDER) == {
        **vars(invoke_lambda.PROVIDER),
        "category": "Rule",
        "name": "LambdaInvoke",
        "outputs": (0, 0),
    }
