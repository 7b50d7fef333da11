from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from serverless_pipeline.cloudformation import statements
from serverless_pipeline.cloudformation.calls import TYPES
from serverless_pipeline.cloudformation.permissions import handing_over
from serverless_pipeline.cloudformation.statements import Condition, Permission


def statement(sid: str, actions: list[str], *resources: str, **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources), **more}


def test_permissions_on_the_same_become_one_statement_with_each_action_once() -> None:
    both = [
        Permission("One", ("a", "b"), ("x:B", "x:A")),
        Permission("Two", ("a", "b"), ("x:A", "x:C")),
        Permission("Three", ("a",), ("x:A",)),
        Permission("None", ("a",), ()),
    ]

    assert statements.write(both) == [
        statement("One", ["x:A", "x:B", "x:C"], "a", "b"),
        statement("Three", ["x:A"], "a"),
    ]


def test_permissions_under_the_same_condition_have_its_values_together() -> None:
    one = handing_over("One", ("r",), "b.amazonaws.com")
    two = handing_over("Two", ("r",), "a.amazonaws.com", "b.amazonaws.com")
    other = Permission("Other", ("r",), ("iam:PassRole",), Condition("ArnLike", "x", ("y",)))

    assert statements.write([one, Permission("Free", ("r",), ("iam:PassRole",)), two, other]) == [
        statement(
            "One",
            ["iam:PassRole"],
            "r",
            Condition={"StringEquals": {"iam:PassedToService": ["a.amazonaws.com", "b.amazonaws.com"]}},
        ),
        statement("Free", ["iam:PassRole"], "r"),
        statement("Other", ["iam:PassRole"], "r", Condition={"ArnLike": {"x": ["y"]}}),
    ]


def test_statements_have_names_of_their_own() -> None:
    same = [Permission("One", (pattern,), ("x:A",)) for pattern in "abc"]

    assert [one["Sid"] for one in statements.write(same)] == ["One", "One2", "One3"]


def test_several_actions_that_only_look_are_shortened() -> None:
    reads = ("s3:GetBucketAcl", "s3:GetBucketCORS")
    (several, one, everywhere) = statements.write(
        [
            Permission("A", ("a",), (*reads, "s3:PutBucketAcl")),
            Permission("B", ("b",), reads[:1]),
            Permission("C", ("*",), reads),
        ]
    )

    assert several["Action"] == ["s3:GetBucket*", "s3:PutBucketAcl"]
    assert one["Action"] == ["s3:GetBucketAcl"]
    assert everywhere["Action"] == [*reads]


def test_documents_are_as_few_as_none_is_too_large() -> None:
    listed = [statement(str(count), ["x:A"], "r") for count in range(5)]
    three = statements.size({"Version": "2012-10-17", "Statement": listed[:3]})

    assert [len(one["Statement"]) for one in statements.documents(listed, three)] == [3, 2]
    assert [len(one["Statement"]) for one in statements.documents(listed, three - 1)] == [2, 2, 1]
    assert [len(one["Statement"]) for one in statements.documents(listed, 1)] == [1, 1, 1, 1, 1]
    assert statements.documents([]) == []
    assert statements.documents(listed[:1]) == [{"Version": "2012-10-17", "Statement": listed[:1]}]


def test_a_policy_is_measured_without_white_space() -> None:
    assert statements.size({"Version": "1", "Statement": [1, 2]}) == len('{"Version":"1","Statement":[1,2]}')


@pytest.mark.parametrize("pattern", statements.LOOKS)
def test_a_pattern_stands_for_several_actions_that_only_look(pattern: str) -> None:
    listed = {one for entry in TYPES.values() for one in (*entry.create, *entry.read, *entry.untag)}

    assert len({one for one in listed if fnmatchcase(one, pattern)}) > 1
    assert pattern.partition(":")[2].startswith(("Describe", "Get", "List"))
