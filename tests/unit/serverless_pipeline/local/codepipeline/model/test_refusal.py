"""How CodePipeline says no."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal


def test_a_refusal_has_a_code_and_words() -> None:
    with pytest.raises(Refusal, match=r"^There is no p$") as refused:
        raise Refusal("PipelineNotFoundException", "There is no p")

    assert (refused.value.code, refused.value.message) == ("PipelineNotFoundException", "There is no p")
