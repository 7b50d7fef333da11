from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.commands import down, drift
from serverless_pipeline.errors import Different
from serverless_pipeline.project import bucket
from tests.support import stacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings


@pytest.fixture
def chosen(clients: Clients) -> Iterator[Settings]:
    settings = stacks.settings("drift")
    inner = {"Note": stacks.note("one"), "Site": stacks.resource("S3::Bucket")}
    stacks.deployed(clients, settings, stacks.nesting(clients, settings, inner, Other=stacks.note("two")))
    yield settings
    down.down(settings, clients, sure=True)


def of(clients: Clients, chosen: Settings) -> dict[str, str]:
    return stacks.physical(clients, stack.demand(clients, chosen.stack_name))


def parameters(clients: Clients) -> Any:
    return clients.client("ssm")


def test_nothing_that_drifted_is_said(clients: Clients, chosen: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    drift.show(drift.detect(chosen, clients), "text", fail=True)

    assert capsys.readouterr().out == "Nothing was changed by hand.\n"


def test_what_was_changed_in_a_nested_stack_is_told_by_property(
    clients: Clients, chosen: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    name = of(clients, chosen)["Note"]
    parameters(clients).put_parameter(Name=name, Value="by hand", Overwrite=True)

    with pytest.raises(Different) as caught:
        drift.show(drift.detect(chosen, clients), "text", fail=True)

    assert caught.value.code == 3
    assert capsys.readouterr().out.splitlines() == [
        f"MODIFIED  Inner/Note  AWS::SSM::Parameter  {name}",
        "          /Value: one is now by hand",
    ]


def test_what_was_deleted_is_told_and_json_has_it_all(
    clients: Clients, chosen: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    site = of(clients, chosen)["Site"]
    bucket.delete(clients, site)

    drift.show(drift.detect(chosen, clients), "json", fail=False)

    drifts = json.loads(capsys.readouterr().out)
    assert drifts == {
        "stack": chosen.stack_name,
        "drifts": [
            {
                "resource": "Inner/Site",
                "physical_id": site,
                "type": "AWS::S3::Bucket",
                "status": "DELETED",
                "differences": [],
            }
        ],
        "unchecked": [],
    }


def test_a_nested_stack_that_was_deleted_is_told(clients: Clients, chosen: Settings) -> None:
    root = stack.demand(clients, chosen.stack_name)
    (nested,) = stacks.nested(clients, root)
    clients.cloudformation.delete_stack(StackName=nested.id)

    drifts = {one.resource: one.status for one in drift.detect(chosen, clients).drifts}

    assert drifts == {"Inner": "DELETED"}
