from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation import change_set, operation, stack
from serverless_pipeline.cloudformation.change_set import Overtaken
from serverless_pipeline.cloudformation.changes import Change
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.commands import down, up
from serverless_pipeline.errors import Error, Interrupted, Misconfigured
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, plan, preflight
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.project.standing import NOTHING, Standing
from serverless_pipeline.settings import Settings
from tests.support.notes import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

SETTINGS = Settings(stack_name="shop", runtime="python3.13")
DESIRED = Desired("shop", "https://home/root.yml")
CHANGE_SET = f"arn:aws:cloudformation:::changeSet/serverless-pipeline-{DESIRED.digest}-0123456789ab/1"
ROOT = Stack("shop", "arn:shop", Status.UPDATE_COMPLETE, change_set=CHANGE_SET)
HELD = Tree("arn:shop")
AS_DESIRED = Standing(ROOT, HELD, frozenset({"home"}))
OTHER = replace(AS_DESIRED, stack=replace(ROOT, change_set=""))
TABLE = Change("Inner", "Table", "t", "AWS::DynamoDB::Table", "Modify", "True", "", ("KeySchema",))


def standing(status: Status, **more: Any) -> Standing:
    """The stack in this state."""
    return Standing(Stack("shop", "arn:shop", status, reason="a role is gone", **more))


class Aws:
    """A plan and how its stack stands, look by look; `done` has what was done, in order."""

    def __init__(self, patched: pytest.MonkeyPatch, folder: Path) -> None:
        self.done: list[Any] = []
        self.looks: list[Standing] = []
        self.begins: list[str | Exception] = ["Updating"]
        self.ended = replace(ROOT, outputs={"PipelineUrl": "https://pipeline"})
        self.skipped: tuple[str, ...] = ()
        self.environments: dict[str, Stack] = {}
        built = Bundle(folder / "bundle.zip", "digest")
        self.plan: Any = SimpleNamespace(settings=SETTINGS, desired=DESIRED, bucket="home", bundle=built, advice=())
        patched.setattr(plan, "make", lambda *_: self.plan)
        patched.setattr(plan, "look", lambda *_: self.looks.pop(0))
        self.releases: list[bool] = []
        patched.setattr(plan, "publish", self._publish)
        patched.setattr(preflight, "check", lambda *_: self.skipped)
        patched.setattr(change_set, "deploy", self._deploy)
        patched.setattr(operation, "watch", self._watch)
        patched.setattr(operation, "failure", lambda _, root: operation.Failure(root, None))
        patched.setattr(down, "delete_stack", lambda _, one: self.done.append(("delete", one.status)))
        patched.setattr(stack, "protect", lambda _, one, *, on: self.done.append(("protect", one.name, on)))
        patched.setattr(stack, "demand", lambda _, name: note(self.done, ("demand", name), ROOT))
        patched.setattr(stack, "find", lambda _, name: self.environments.get(name))
        patched.setattr(bucket, "head", lambda _, home, key: self.done.append(("head", home, key)))
        patched.setattr(Patience, "towards", lambda *_, **__: Patience())

    def _publish(self, *_: object, releases: bool) -> Iterator[tuple[str, str]]:
        self.releases.append(releases)
        yield "Published", "s3://home/root.yml"

    def _deploy(self, _clients: object, desired: Desired, approve: Callable[[Sequence[Change]], None]) -> str:
        assert desired == DESIRED
        began = self.begins.pop(0)
        if isinstance(began, Exception):
            raise began
        if began == "Updating":
            approve(())
        self.done.append(began)
        return began

    def _watch(self, _clients: object, root: Stack, _patience: object, **more: Any) -> Stack:
        self.done.append(("watch", root.status, more))
        return self.ended

    def up(self, settings: Settings = SETTINGS, *, wait: bool = True, verbose: bool = False) -> None:
        up.up(settings, None, wait=wait, sure=True, verbose=verbose)  # type: ignore[arg-type]

    def settle(self, now: Standing, *, wait: bool = True) -> Standing:
        return up.settle(None, self.plan, now, wait=wait)  # type: ignore[arg-type]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    return Aws(monkeypatch, tmp_path)


def test_a_stack_as_desired_is_left_alone(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.looks = [AS_DESIRED]
    aws.skipped = ("a look",)

    aws.up()

    assert aws.done == []
    assert capsys.readouterr().err == "Skipped    a look\nUnchanged  stack shop\n"


def test_what_the_author_of_the_environments_template_should_know_is_said_whether_anything_changes_or_not(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.looks, aws.skipped = [AS_DESIRED], ("a look",)
    aws.plan.advice = ("nobody told what CloudFormation needs for X", "its name begins otherwise")

    aws.up()

    assert capsys.readouterr().err.splitlines() == [
        "Advice     nobody told what CloudFormation needs for X",
        "Advice     its name begins otherwise",
        "Skipped    a look",
        "Unchanged  stack shop",
    ]


def test_a_stack_that_is_not_as_desired_is_updated_and_watched(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.looks = [OTHER]

    aws.up(verbose=True)

    assert aws.done == ["Updating", ("watch", Status.UPDATE_COMPLETE, {"before": HELD, "verbose": True})]
    assert capsys.readouterr().err.splitlines() == [
        "Published  s3://home/root.yml",
        "Planned    only outputs, parameters or tags change",
        "Updated    stack shop",
    ]


def test_a_new_stack_is_created_and_where_its_pipeline_is_shown_is_said(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.looks, aws.begins = [NOTHING], ["Creating"]

    aws.up()

    watched = ("watch", Status.UPDATE_COMPLETE, {"before": Tree("arn:shop"), "verbose": False})
    assert aws.done == ["Creating", ("demand", "shop"), watched]
    assert capsys.readouterr().err.splitlines()[1:] == [
        "Created    stack shop",
        "Started    the first execution; invoke pipeline.watch follows it, https://pipeline shows it",
    ]


def test_the_source_is_released_with_the_pipeline_that_begins_with_it_and_not_later(aws: Aws) -> None:
    pipeline = Resource("Pipeline/Pipeline", "shop", "AWS::CodePipeline::Pipeline", "CREATE_COMPLETE")
    piped = replace(OTHER, tree=Tree("arn:shop", "", (pipeline,)))
    aws.looks, aws.begins = [NOTHING, OTHER, piped], ["Creating", "Updating", "Updating"]

    for _ in range(3):
        aws.up()

    assert aws.releases == [True, True, False]


def test_who_does_not_wait_is_told_which_command_attaches(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.looks = [OTHER]

    aws.up(wait=False)

    assert aws.done == ["Updating"]
    words = "Began      updating stack shop; invoke pipeline.wait attaches to it"
    assert capsys.readouterr().err.splitlines()[-1] == words


def test_a_change_set_that_finds_nothing_leaves_the_stack_unchanged(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.looks, aws.begins = [OTHER], ["Unchanged"]

    aws.up()

    assert aws.done == ["Unchanged"]
    assert capsys.readouterr().err.splitlines()[-1] == "Unchanged  stack shop"


def test_an_update_that_fails_ends_in_its_failure(aws: Aws) -> None:
    aws.looks = [OTHER]
    aws.ended = replace(ROOT, status=Status.UPDATE_ROLLBACK_COMPLETE)

    with pytest.raises(Error, match="The stack shop is UPDATE_ROLLBACK_COMPLETE"):
        aws.up()


def test_who_comes_second_looks_again_and_once_more_only(aws: Aws) -> None:
    aws.looks, aws.begins = [OTHER, standing(Status.UPDATE_IN_PROGRESS), OTHER], [Overtaken("first"), "Unchanged"]

    aws.up()

    assert aws.done == [("watch", Status.UPDATE_IN_PROGRESS, {}), "Unchanged"]

    aws.looks, aws.begins = [OTHER, OTHER], [Overtaken("first"), Overtaken("second")]
    with pytest.raises(Overtaken, match="second"):
        aws.up()


def test_a_laptop_that_compiles_nothing_for_the_functions_says_so(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.looks = [AS_DESIRED]
    aws.plan.bundle = replace(aws.plan.bundle, bytecode=False)

    aws.up()

    words = capsys.readouterr().err.splitlines()[0]
    why = "the functions run python3.13, which this laptop does not have"
    assert words == f"Without    bytecode: {why}; cold functions start more slowly"


@pytest.mark.parametrize(
    ("now", "done"),
    [
        (OTHER, ["Updating", ("protect", "shop", True)]),
        (NOTHING, ["Updating", ("demand", "shop"), ("protect", "shop", True)]),
        (replace(OTHER, stack=replace(ROOT, change_set="", protected=True)), ["Updating"]),
    ],
)
def test_a_stack_is_protected_once_where_that_is_chosen(aws: Aws, now: Standing, done: list[Any]) -> None:
    aws.looks = [now]

    aws.up(replace(SETTINGS, termination_protection=True), wait=False)

    assert aws.done == done


TEST = Stack("shop-test", "arn:shop-test", Status.REVIEW_IN_PROGRESS)
PROD = Stack("shop-prod", "arn:shop-prod", Status.UPDATE_COMPLETE)


@pytest.mark.parametrize(
    ("there", "protected"),
    [
        ([TEST, PROD], ["shop", "shop-test", "shop-prod"]),
        ([TEST], ["shop", "shop-test"]),
        ([replace(TEST, protected=True), PROD], ["shop", "shop-prod"]),
        ([TEST, replace(PROD, status=Status.DELETE_IN_PROGRESS)], ["shop", "shop-test"]),
    ],
    ids=["both", "only one yet", "one already", "one that goes"],
)
def test_the_stacks_of_the_environments_are_protected_with_it(
    aws: Aws, capsys: pytest.CaptureFixture[str], there: list[Stack], protected: list[str]
) -> None:
    aws.looks = [AS_DESIRED]
    aws.environments = {one.name: one for one in there}

    aws.up(replace(SETTINGS, termination_protection=True))

    assert aws.done == [("protect", name, True) for name in protected]
    assert capsys.readouterr().err.splitlines() == [
        *(f"Protected  stack {name} from being deleted" for name in protected),
        "Unchanged  stack shop",
    ]


def test_no_stack_is_protected_unless_that_is_chosen(aws: Aws) -> None:
    aws.looks = [NOTHING]
    aws.environments = {"shop-test": TEST}

    aws.up(wait=False)

    assert aws.done == ["Updating"]


@pytest.mark.parametrize(
    ("parameters", "home"),
    [
        ({"BundleKey": "bundles/old.zip", "BundleBucket": "before"}, "before"),
        ({"BundleKey": "bundles/old.zip"}, "home"),
    ],
)
def test_a_bundle_that_a_rollback_would_need_and_nobody_finds_is_named(
    aws: Aws, capsys: pytest.CaptureFixture[str], parameters: dict[str, str], home: str
) -> None:
    aws.looks = [replace(OTHER, stack=replace(ROOT, parameters=parameters))]

    aws.up(wait=False)

    assert aws.done[0] == ("head", home, "bundles/old.zip")
    words = f"Missing    s3://{home}/bundles/old.zip, which a rollback of the functions would need"
    assert capsys.readouterr().err.splitlines()[0] == words


def test_the_bundle_that_is_published_anyway_is_not_missed(aws: Aws) -> None:
    aws.looks = [replace(OTHER, stack=replace(ROOT, parameters={"BundleKey": "bundles/digest.zip"}))]

    aws.up(wait=False)

    assert aws.done == ["Updating"]


def test_an_operation_in_progress_is_attached_to_and_looked_at_again(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.looks = [OTHER]

    assert aws.settle(standing(Status.UPDATE_IN_PROGRESS)) is OTHER
    assert capsys.readouterr().err == "Attached   to stack shop, UPDATE_IN_PROGRESS\n"


def test_who_does_not_wait_is_told_that_an_operation_runs(aws: Aws) -> None:
    with pytest.raises(Error, match=r"nothing was changed\.\n  Next: invoke pipeline\.wait"):
        aws.settle(standing(Status.UPDATE_IN_PROGRESS), wait=False)


@pytest.mark.parametrize("protected", [True, False])
def test_a_dead_end_is_deleted_so_that_it_can_be_created_anew(
    aws: Aws, capsys: pytest.CaptureFixture[str], *, protected: bool
) -> None:
    assert aws.settle(standing(Status.ROLLBACK_COMPLETE, protected=protected)) is NOTHING

    unprotected = [("protect", "shop", False)] if protected else []
    assert aws.done == [*unprotected, ("delete", Status.ROLLBACK_COMPLETE)]
    assert capsys.readouterr().err == "Deleted    stack shop, which was ROLLBACK_COMPLETE\n"


@pytest.mark.parametrize(
    ("status", "command"),
    [
        (Status.UPDATE_ROLLBACK_FAILED, r"invoke pipeline\.recover"),
        (Status.IMPORT_ROLLBACK_FAILED, r"invoke pipeline\.log --failures, mend what it names"),
    ],
)
def test_a_rollback_that_failed_names_the_command_that_helps(aws: Aws, status: Status, command: str) -> None:
    with pytest.raises(Error, match=rf"The stack shop is {status}: a role is gone\n  Next: {command}"):
        aws.settle(standing(status))


def test_a_stack_at_rest_needs_nothing(aws: Aws) -> None:
    assert aws.settle(OTHER) is OTHER
    assert aws.settle(NOTHING) is NOTHING
    assert aws.done == []


@pytest.mark.parametrize("status", [Status.CREATE_IN_PROGRESS, Status.ROLLBACK_COMPLETE])
def test_ctrl_c_while_the_stack_changes_names_the_command_that_attaches_again(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, status: Status
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(operation, "watch", interrupted)
    monkeypatch.setattr(down, "delete_stack", interrupted)

    with pytest.raises(Interrupted, match=r"operation goes on\.\n  Next: invoke pipeline\.wait") as caught:
        aws.settle(standing(status))

    assert caught.value.code == 130


def test_what_loses_data_is_named_and_asked_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    questions: list[Any] = []
    monkeypatch.setattr(console, "confirm", lambda question, **more: questions.append((question, more)))

    up.approve([TABLE, replace(TABLE, action="Add")], sure=False)
    up.approve([TABLE, replace(TABLE, logical_id="Votes")], sure=True)

    again = "invoke pipeline.diff, then invoke pipeline.up --yes"
    assert questions == [
        ("Replace or remove a resource that holds data?", {"sure": False, "again": again}),
        ("Replace or remove 2 resources that hold data?", {"sure": True, "again": again}),
    ]
    assert capsys.readouterr().err.splitlines()[:2] == [
        "Planned    1 added, 1 replaced",
        "Loses      Inner/Table  AWS::DynamoDB::Table, replaced  KeySchema  its data is lost",
    ]


def test_where_no_data_is_lost_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    up.approve([replace(TABLE, action="Add")], sure=False)

    assert capsys.readouterr().err == "Planned    1 added\n"


def test_where_nobody_can_be_asked_data_is_not_lost() -> None:
    with pytest.raises(Misconfigured, match="There is no terminal to ask on"):
        up.approve([TABLE], sure=False)
