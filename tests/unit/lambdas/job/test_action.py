from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from lambdas.execution import traces
from lambdas.execution.traces import Traces
from lambdas.job import action as edge
from lambdas.job import claim, clients, shortage
from lambdas.job.action import action, attempt
from lambdas.job.answer import Unanswered
from lambdas.job.ending import Continued, Failed, JobError, Misconfigured, Outcome, Succeeded
from lambdas.job.job import Job
from tests.support.functions import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.functions import CodePipeline, Context, Events, Log
    from tests.support.store import Store

    Run = Callable[[dict[str, Any]], None]


def raising(error: Exception) -> Callable[[Job], Outcome]:
    def handler(_job: Job) -> Outcome:
        raise error

    return handler


def id_of(event: dict[str, Any]) -> str:
    return str(event["CodePipeline.job"]["id"])


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class Work:
    """A handler that succeeds, and remembers its jobs."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, job: Job) -> Outcome:
        self.jobs.append(job)
        return Succeeded(f"number {len(self.jobs)}")


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def run(context: type[Context], work: Work) -> Run:
    """Deliver an event to a function that has just started."""
    return lambda payload: action(work)(payload, context())


@pytest.mark.parametrize(
    ("error", "failed", "has_traceback"),
    [
        (JobError("no tasks.py"), Failed("no tasks.py", "JobFailed"), False),
        (
            Misconfigured(["task is missing"]),
            Failed(str(Misconfigured(["task is missing"])), "ConfigurationError"),
            False,
        ),
        (ZeroDivisionError("by zero"), Failed("ZeroDivisionError: by zero", "JobFailed"), True),
        (refusal("NoSuchBucket", "PutObject"), Failed("AWS refused PutObject: no (NoSuchBucket)", "JobFailed"), True),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            shortage.explain(OSError(errno.ENOSPC, "No space left on device")),
            True,
        ),
        (MemoryError(), Failed("The function ran out of memory; raise the setting memory"), True),
        (NoCredentialsError(), Failed("NoCredentialsError: Unable to locate credentials", "JobFailed"), True),
    ],
)
def test_whatever_a_handler_raises_becomes_a_failure_and_what_nobody_expects_is_logged(
    event: Events,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    failed: Failed,
    has_traceback: bool,  # noqa: FBT001 - a table
) -> None:
    job = Job.from_event(event(), 900)

    assert attempt(raising(error), job) == failed
    assert ("Traceback" in capsys.readouterr().err) is has_traceback


def test_what_a_handler_returns_is_its_outcome(event: Events) -> None:
    job = Job.from_event(event("task=package"), 900)

    assert attempt(lambda work: Succeeded(work.user_parameters), job) == Succeeded("task=package")


def test_what_a_handler_raises_is_tried_again_in_another_job(event: Events) -> None:
    job = Job.from_event(event("retries=2"), 900)

    outcome = attempt(raising(JobError("the network is down")), job)

    assert isinstance(outcome, Continued)
    assert outcome.summary == "attempt 1 of 2: the network is down"
    assert json.loads(outcome.token) == {"attempt": 2, "token": None}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Misconfigured(["task is missing"]), "ConfigurationError"),
        (refusal("AccessDenied", "GetObject"), "PermissionError"),
    ],
)
def test_what_another_attempt_would_repeat_is_final(event: Events, error: Exception, kind: str) -> None:
    job = Job.from_event(event("retries=2"), 900)

    outcome = attempt(raising(error), job)

    assert isinstance(outcome, Failed)
    assert outcome.type == kind
    assert outcome.message.startswith("attempt 1 of 2: ")


@pytest.mark.parametrize(
    ("parameters", "token", "failed"),
    [
        (
            "retries=0",
            None,
            Failed(
                str(Misconfigured(["retries must be a number of attempts from 1 to 10; it is '0'"])),
                "ConfigurationError",
            ),
        ),
        (
            "retries=3",
            "foreign",
            Failed("The continuation token of the job is none that an attempt with retries gave; retry the stage"),
        ),
    ],
)
def test_a_count_of_attempts_that_makes_no_sense_ends_the_action_before_its_work(
    event: Events,
    work: Work,
    parameters: str,
    token: str | None,
    failed: Failed,
) -> None:
    job = Job.from_event(event(parameters, continuationToken=token), 900)

    assert attempt(work, job) == failed
    assert work.jobs == []


def test_a_handler_answers_once_and_logs_nothing_of_the_credentials(
    event: Events, context: type[Context], codepipeline: CodePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = event("task=package")
    handler = action(raising(RuntimeError("a bug")))

    handler(payload, context())

    log = "".join(capsys.readouterr())
    assert codepipeline.answer == {
        "jobId": id_of(payload),
        "failureDetails": {"type": "JobFailed", "message": "RuntimeError: a bug"},
    }
    assert [secret for secret in SECRETS if secret in log] == []


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Succeeded("package took 3.2 s"), "succeeded: package took 3.2 s"),
        (Continued("10 %", "shifted"), "goes on: shifted"),
        (Continued("10 %"), "goes on"),
        (Failed("no tasks.py"), "failed: no tasks.py"),
    ],
)
@pytest.mark.usefixtures("codepipeline")
def test_the_log_tells_the_job_when_it_began_and_how_it_ended(
    event: Events, context: type[Context], log: Log, outcome: Outcome, words: str
) -> None:
    payload = event()

    action(lambda _job: outcome)(payload, context())

    job_id = id_of(payload)
    assert log.lines == [
        f"Job {job_id}: {__name__} began",
        f"Job {job_id}: {words}",
    ]


def test_work_that_goes_on_is_answered_with_its_token(
    event: Events, context: type[Context], codepipeline: CodePipeline
) -> None:
    handler = action(lambda job: Continued(f"{job.continuation_token} and on"))

    handler(event(continuationToken="on"), context())

    assert codepipeline.answer["continuationToken"] == "on and on"


def test_the_work_has_ten_seconds_less_than_the_function_and_the_answer_one(
    event: Events, context: type[Context], codepipeline: CodePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    reports: list[tuple[Any, ...]] = []
    monkeypatch.setattr(edge, "report", lambda *arguments: reports.append(arguments))
    payload = event()

    action(lambda job: Succeeded(f"until {job.deadline}"))(payload, context(60))

    assert reports == [(codepipeline, id_of(payload), Succeeded("until 1050.0"), 1059.0)]


@pytest.mark.usefixtures("store")
def test_an_event_that_comes_again_is_neither_worked_on_nor_answered_again(
    event: Events, run: Run, codepipeline: CodePipeline, log: Log, work: Work
) -> None:
    payload = event(outputs=["Made"])

    run(payload)
    run(payload)

    assert len(work.jobs) == 1
    assert codepipeline.answer["executionDetails"] == {"summary": "number 1"}
    assert log.lines[-1] == f"Job {id_of(payload)}: is worked on elsewhere, or was; Lambda delivered it twice"


def test_each_job_of_an_action_that_goes_on_is_claimed_for_itself(
    event: Events, run: Run, codepipeline: CodePipeline, store: Store
) -> None:
    jobs = [event(outputs=["Made"]), event(outputs=["Made"], continuationToken="more")]

    for payload in jobs:
        run(payload)

    assert [answer["jobId"] for answer in codepipeline.answers] == [id_of(one) for one in jobs]
    assert list(store.claims) == [f"claims/{id_of(one)}" for one in jobs]


def test_a_job_that_cannot_be_claimed_fails_and_is_not_worked_on(
    event: Events, run: Run, codepipeline: CodePipeline, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise refusal("AccessDenied", "PutObject")

    monkeypatch.setattr(claim, "take", refuse)

    run(event(outputs=["Made"]))

    assert codepipeline.failure["type"] == "PermissionError"
    assert codepipeline.failure["message"].startswith("AWS did not allow PutObject; ")
    assert work.jobs == []


def test_an_environment_that_is_not_clean_answers_no_job_of_another(
    event: Events, run: Run, codepipeline: CodePipeline, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = event(outputs=["Made"])
    store.claims[f"claims/{id_of(payload)}"] = b"another's"
    monkeypatch.setattr(traces, "HERE", Here(at_first="something is left"))

    run(payload)

    assert codepipeline.answers == []


def test_a_job_that_could_not_be_answered_is_left_to_the_function_for_lost_ones(
    event: Events, run: Run, store: Store, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(*_arguments: Any) -> None:
        raise Unanswered("no")

    monkeypatch.setattr(edge, "report", report)
    monkeypatch.setattr(clients, "codepipeline", object)
    payload = event(outputs=["Made"])

    with pytest.raises(Unanswered):
        run(payload)
    run(payload)

    assert [job.id for job in work.jobs] == [id_of(payload)]
    assert list(store.claims) == [f"claims/{id_of(payload)}"]


def test_an_event_that_is_no_job_is_not_worked_on(
    context: type[Context], codepipeline: CodePipeline, work: Work
) -> None:
    with pytest.raises(ValueError, match="not the event of a CodePipeline job"):
        action(work)({"Records": []}, context())

    assert (work.jobs, codepipeline.answers) == ([], [])


class Here(Traces):
    """The traces of a process that notes what is asked of it."""

    def __init__(self, *, at_first: str = "", in_the_end: str = "") -> None:
        super().__init__()
        self._at_first, self._in_the_end = at_first, in_the_end
        self.calls: list[str] = []

    def begin(self, own: Mapping[str, str]) -> None:
        assert own is os.environ
        self.calls.append("begin")
        self.faults += [self._at_first] if self._at_first else []

    def tidy(self, own: Mapping[str, str]) -> None:
        assert own is os.environ
        self.calls.append("tidy")
        self.faults += [self._in_the_end] if self._in_the_end else []


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the process would have ended."""
    ends: list[str] = []
    monkeypatch.setattr(traces, "end", lambda _own: ends.append("end"))
    return ends


def test_after_the_answer_the_environment_is_tidied_and_lives_on(
    event: Events,
    context: type[Context],
    codepipeline: CodePipeline,
    ends: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traces, "HERE", here := Here())

    def handler(_job: Job) -> Outcome:
        here.calls.append("work")
        return Succeeded("done")

    action(handler)(event(), context())

    assert here.calls == ["begin", "work", "tidy"]
    assert codepipeline.answer["executionDetails"] == {"summary": "done"}
    assert ends == []


def test_an_environment_that_is_not_clean_ends_after_it_answered(  # noqa: PLR0913, PLR0917 - what it needs
    event: Events,
    context: type[Context],
    codepipeline: CodePipeline,
    ends: list[str],
    log: Log,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traces, "HERE", Here(in_the_end="something lives"))

    action(work)(event(), context())

    assert codepipeline.answer["executionDetails"] == {"summary": "number 1"}
    assert ends == ["end"]
    assert log.lines[-1].endswith(
        "this execution environment ends, and Lambda starts another one for the next job: something lives"
    )


def test_where_it_cannot_be_clean_no_work_is_done(  # noqa: PLR0913, PLR0917 - what it needs
    event: Events,
    context: type[Context],
    codepipeline: CodePipeline,
    ends: list[str],
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traces, "HERE", Here(at_first="'x' cannot be removed"))

    action(work)(event(), context())

    assert work.jobs == []
    assert codepipeline.failure["message"] == (
        "This execution environment is not clean, and ends; retry the stage: 'x' cannot be removed"
    )
    assert ends == ["end"]


def test_a_job_that_could_not_be_answered_leaves_nothing_either(
    event: Events, context: type[Context], work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(*_arguments: Any) -> None:
        raise Unanswered("no")

    monkeypatch.setattr(edge, "report", report)
    monkeypatch.setattr(clients, "codepipeline", object)
    monkeypatch.setattr(traces, "HERE", here := Here())

    with pytest.raises(Unanswered):
        action(work)(event(), context())

    assert here.calls == ["begin", "tidy"]
