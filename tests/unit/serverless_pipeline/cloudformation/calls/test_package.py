from __future__ import annotations

import subprocess
import sys

import pytest

from serverless_pipeline.cloudformation import calls
from serverless_pipeline.cloudformation.calls import ANYTHING, TYPES, Calls
from tests.support import ROOT, handlers

TABLE = "AWS::DynamoDB::Table"


def test_the_table_has_the_types_of_all_groups_in_their_order() -> None:
    assert list(TYPES) == sorted(kind for group in calls._GROUPS for kind in group.TYPES)


def test_a_type_is_looked_up_by_its_name_and_a_custom_one_by_what_it_is() -> None:
    assert calls.entry(TABLE) is TYPES[TABLE]
    assert calls.entry("AWS::EC2::Instance") is None
    assert calls.listed("Custom::Seed") == "AWS::CloudFormation::CustomResource"
    assert calls.listed(TABLE) == TABLE


def test_who_reads_the_table_loads_nothing_but_the_standard_library() -> None:
    package = "serverless_pipeline.cloudformation"
    script = f"import sys; before = {{*sys.modules}}; import {package}.calls; print(*({{*sys.modules}} - before))"

    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    tops = {name.split(".")[0] for name in loaded.stdout.split()}
    assert tops - sys.stdlib_module_names == {"serverless_pipeline"}
    ours = {name for name in loaded.stdout.split() if name.startswith("serverless_pipeline.")}
    assert not {name for name in ours if name != package and not name.startswith(f"{package}.calls")}


@pytest.mark.parametrize(
    ("entry", "left_out", "beyond", "words"),
    [
        (Calls(ANYTHING, create=("sqs:SetQueueAttributes",)), ["update *", "delete *"], [], []),
        (Calls(ANYTHING), ["update *", "delete *"], [], ["create: sqs:SetQueueAttributes is missing"]),
        (
            Calls(ANYTHING),
            ["sqs:*", "sqs:Other", "read sqs:*"],
            [],
            ["read sqs:* is left out in vain", "sqs:Other is left out in vain"],
        ),
        (Calls(ANYTHING, read=("sqs:Read",)), ["sqs:*"], [], ["read: sqs:Read is not listed"]),
        (Calls(ANYTHING, read=("sqs:Read",)), ["sqs:*"], ["sqs:Read"], []),
        (Calls(ANYTHING), ["sqs:*"], ["sqs:SetQueueAttributes"], ["sqs:SetQueueAttributes is listed by now"]),
        (Calls(ANYTHING, properties={"Queues": ("sqs:SetQueueAttributes",)}), [], [], []),
        (Calls(ANYTHING, removals={"Queues": ("sqs:Other",)}), ["sqs:*"], [], ["sqs:Other is not listed"]),
    ],
)
def test_differences_between_table_and_schema_are_seen(
    monkeypatch: pytest.MonkeyPatch, entry: Calls, left_out: list[str], beyond: list[str], words: list[str]
) -> None:
    kind = "AWS::SQS::QueuePolicy"
    monkeypatch.setattr(calls, "TYPES", {kind: entry})

    assert handlers.differences(kind, left_out, beyond) == words


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Calls(ANYTHING, tag=("sqs:TagQueue",), untag=("sqs:UntagQueue",)), []),
        (Calls(ANYTHING, tag=("sqs:TagQueue",)), ["tags are given or taken away, but not both"]),
        (Calls(ANYTHING), ["tags are given or taken away, but not both"]),
        (Calls(ANYTHING, tag=("a",), untag=("b",), tags_in="Labels"), ["its tags are not in Labels"]),
        (Calls(ANYTHING, tag=("a",), untag=("b",), passes={"Targets.*.RoleArn": "x"}), ["Targets is no property"]),
        (
            Calls(ANYTHING, tag=("a",), untag=("b",), properties={"RedrivePolicy": ("c",)}),
            ["RedrivePolicy is set and not taken away"],
        ),
        (Calls(ANYTHING, tag=("a",), untag=("b",), properties={"QueueName": ("c",)}), []),
    ],
)
def test_oddities_of_an_entry_are_seen(monkeypatch: pytest.MonkeyPatch, entry: Calls, words: list[str]) -> None:
    kind = "AWS::SQS::Queue"
    monkeypatch.setattr(calls, "TYPES", {kind: entry})

    assert handlers.oddities(kind) == words
