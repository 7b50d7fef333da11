from __future__ import annotations

from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import function_urls

SIGNED: ContextVar[object | None] = ContextVar("signed", default=None)
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:shop"
URL = {"lambda:FunctionUrlAuthType": "NONE"}


class Functions(dict[Any, Any]):
    """A table of MiniStack's, by account, region and name."""

    def get_scoped(self, *place: str) -> Any:
        return self.get(place)


@pytest.fixture
def questions(empty_ministack: None) -> list[Any]:  # noqa: ARG001 - it has to be empty first
    """What the policy of a function was asked; it allows what it lists."""
    asked: list[Any] = []

    def evaluate(policy: Any, question: Any) -> Any:
        asked.append((question.principal_arn, question.action, question.resource_arn, question.service_context))
        return SimpleNamespace(decision="Allow" if question.action in (policy or []) else "ImplicitDeny")

    seams.SIGNED_REQUEST.replace(SIGNED)
    seams.AUTH_ERROR.replace(lambda *words: ("refused", *words))
    seams.ENFORCE.replace(lambda *words, **context: ("decided", words, context))
    seams.EVAL_CONTEXT.replace(SimpleNamespace)
    seams.EVALUATE_RESOURCE_POLICY.replace(evaluate)
    policy = [function_urls.INVOKE_URL, function_urls.INVOKE]
    seams.LAMBDA_FUNCTIONS.replace(Functions({("123456789012", "eu-west-1", "shop"): {"policy": policy}}))
    function_urls.install()
    return asked


def call(key: str = "", action: str = function_urls.INVOKE_URL, arn: str = ARN) -> Any:
    return seams.ENFORCE(key, action, "lambda", "eu-west-1", resource_arn=arn, service_context=URL)


def test_anybody_may_call_whom_the_function_lets_in(questions: list[Any]) -> None:
    assert call() is None
    assert questions == [
        ("*", "lambda:InvokeFunctionUrl", ARN, {"lambda:functionurlauthtype": "NONE"}),
        ("*", "lambda:InvokeFunction", ARN, {"lambda:invokedviafunctionurl": "true"}),
    ]


@pytest.mark.usefixtures("questions")
@pytest.mark.parametrize("allowed", [[], ["lambda:InvokeFunctionUrl"], ["lambda:InvokeFunction"]])
def test_both_actions_have_to_be_allowed(allowed: list[str]) -> None:
    seams.LAMBDA_FUNCTIONS.value["123456789012", "eu-west-1", "shop"]["policy"] = allowed

    refused, code, message = call()

    assert (refused, code) == ("refused", "AccessDeniedException")
    assert message.startswith("Forbidden. For troubleshooting Function URL authorization issues")


@pytest.mark.usefixtures("questions")
def test_a_function_that_is_gone_lets_nobody_in() -> None:
    seams.LAMBDA_FUNCTIONS.value.clear()

    assert call()[0] == "refused"


@pytest.mark.usefixtures("questions")
def test_that_there_is_no_such_url_is_said_by_who_looks_for_it() -> None:
    assert call(arn="*") is None


@pytest.mark.usefixtures("questions")
@pytest.mark.parametrize(("key", "action"), [("AKIA", function_urls.INVOKE_URL), ("", "lambda:InvokeFunction")])
def test_about_all_else_iam_decides(key: str, action: str) -> None:
    decision = call(key, action)

    assert decision == ("decided", (key, action, "lambda", "eu-west-1"), {"resource_arn": ARN, "service_context": URL})


def test_who_signed_is_no_stranger(questions: list[Any]) -> None:
    token = SIGNED.set("a request")

    decision = call()

    SIGNED.reset(token)
    assert (decision[0], questions) == ("decided", [])
