from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.aws import clock

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
EXPIRED = "Signature expired: 20260101T000000Z is now earlier than 20260102T025905Z"


def refusal(code: str = "RequestTimeTooSkewed", message: str = "", date: str | None = DATE) -> ClientError:
    headers = {} if date is None else {"date": date}
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPHeaders": headers}}
    return ClientError(response, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(minutes=10), "10 minutes ahead of AWS's"),
        (timedelta(days=-1), "1440 minutes behind AWS's"),
        (timedelta(minutes=-4), "4 minutes behind AWS's"),
        (timedelta(minutes=3, seconds=59), "not AWS's"),
        (timedelta(), "not AWS's"),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(off: timedelta, words: str) -> None:
    assert clock.mistake(refusal(), NOW + off) == f"the clock of this machine is {words}"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("RequestTimeTooSkewed", ""),
        ("RequestExpired", ""),
        ("RequestInTheFuture", ""),
        ("SignatureDoesNotMatch", EXPIRED),
        ("InvalidSignatureException", "Signature not yet current: 20260102T030405Z is still later than"),
    ],
)
def test_services_say_it_in_their_own_ways(code: str, message: str) -> None:
    assert clock.mistake(refusal(code, message), NOW + timedelta(hours=1)).endswith("60 minutes ahead of AWS's")


@pytest.mark.parametrize("sign", ["-", "+"])
def test_without_a_date_the_words_tell_it(sign: str) -> None:
    words = f"Signature expired: 20260102T000000Z is now earlier than another time (20260102T030405Z {sign} 5 min.)"

    assert clock.mistake(refusal("SignatureDoesNotMatch", words, date=None), NOW - timedelta(minutes=10)) == (
        "the clock of this machine is 10 minutes behind AWS's"
    )


@pytest.mark.parametrize("date", [None, "", "no date"])
def test_an_answer_without_a_date_does_not_tell_by_how_much(date: str | None) -> None:
    assert clock.mistake(refusal(date=date), NOW) == "the clock of this machine is not AWS's"


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "AccessDenied", "ExpiredToken"])
def test_another_refusal_says_nothing_of_the_clock(code: str) -> None:
    assert clock.mistake(refusal(code, "Check your AWS Secret Access Key"), NOW + timedelta(days=1)) == ""


def test_a_refusal_without_words_says_nothing_of_the_clock() -> None:
    assert clock.mistake(ClientError({}, "GetCallerIdentity"), NOW) == ""
