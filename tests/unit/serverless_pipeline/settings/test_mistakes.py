from __future__ import annotations

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import InvalidSettings
from serverless_pipeline.settings.mistakes import refuse


def test_one_mistake_is_told_with_the_next_step() -> None:
    error = InvalidSettings(["port: it is off"])

    assert isinstance(error, Misconfigured)
    assert error.mistakes == ("port: it is off",)
    assert error.message == (
        "The section `pipeline` of invoke.yaml has a mistake:\n"
        "  - port: it is off\n"
        "  Next: mend invoke.yaml (or INVOKE_PIPELINE_<NAME>), then type the same command again"
    )


def test_several_mistakes_are_counted_and_told_together() -> None:
    error = InvalidSettings(word for word in ("port: it is off", "memory: so is this"))

    assert str(error.message).splitlines()[:-1] == [
        "The section `pipeline` of invoke.yaml has 2 mistakes:",
        "  - port: it is off",
        "  - memory: so is this",
    ]


def test_what_has_no_mistake_passes() -> None:
    refuse(iter(()))


def test_what_has_mistakes_does_not_pass() -> None:
    with pytest.raises(InvalidSettings) as caught:
        refuse(iter(("one", "two")))

    assert caught.value.mistakes == ("one", "two")
