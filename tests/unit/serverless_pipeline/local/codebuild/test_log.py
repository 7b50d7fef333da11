from __future__ import annotations

from typing import Any

from serverless_pipeline.local.codebuild.log import Log


class Logs:
    """CloudWatch Logs in memory: a group that is there already, and the batches that were stored."""

    class exceptions:  # noqa: D106, N801 - as boto3 spells it
        class ResourceAlreadyExistsException(Exception):  # noqa: D106
            pass

    def __init__(self) -> None:
        self.stored: list[tuple[str, str, str]] = []
        self.streams: list[str] = []

    def create_log_group(self, **_names: str) -> None:
        raise self.exceptions.ResourceAlreadyExistsException

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803 - as boto3 has it
        self.streams.append(f"{logGroupName} {logStreamName}")

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: list[Any]) -> None:  # noqa: N803
        self.stored += [(logGroupName, logStreamName, event["message"]) for event in logEvents]


def test_lines_are_stored_in_their_order_when_it_is_closed() -> None:
    logs = Logs()
    log = Log(logs, "g", "s")
    log.open()

    for number in range(2500):
        log.write(str(number))
    log.write("")
    log.close()

    assert logs.streams == ["g s"]
    assert logs.stored == [("g", "s", str(number)) for number in range(2500)] + [("g", "s", " ")]


def test_secrets_are_masked_the_longer_ones_first() -> None:
    log = Log(Logs(), "g", "s", ("fish", ""))
    log.hide(("swordfish", "a"))

    assert log.mask("a swordfish and a fish") == "a *** and a ***"


def test_a_log_that_was_never_opened_can_be_closed() -> None:
    logs = Logs()

    Log(logs, "g", "s").close()

    assert logs.stored == []
