"""Properties that their type does not allow, in a stack that is made or updated, nested too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.services import Service
from tests.support.stacks import note, published, resource, settings

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

MISSPELT = resource("SSM::Parameter", Type="String", Value="one", Descripton="what it is")
UNKNOWN = "[#: extraneous key [Descripton] is not permitted]"
WORDS = f"Note: Properties validation failed for resource Note with message: {UNKNOWN}"


def template(what: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": {"Note": what}}


def test_an_unknown_property_fails_the_creation(clients: Clients) -> None:
    service = Service(clients)

    service.deliver(template(MISSPELT))

    assert (service.status(), service.failures()) == ("ROLLBACK_COMPLETE", [WORDS])


def test_an_unknown_property_fails_the_update_and_nothing_is_changed(clients: Clients) -> None:
    service = Service(clients)
    service.deliver(template(note("one")))

    service.deliver(template(MISSPELT | {"Properties": {**MISSPELT["Properties"], "Value": "two"}}))

    name = clients.cloudformation.describe_stack_resource(StackName=service.name, LogicalResourceId="Note")
    physical = name["StackResourceDetail"]["PhysicalResourceId"]
    assert (service.status(), service.failures()[0]) == ("UPDATE_ROLLBACK_COMPLETE", WORDS)
    assert clients.client("ssm").get_parameter(Name=physical)["Parameter"]["Value"] == "one"


def test_it_fails_in_a_nested_stack_as_in_a_root(clients: Clients) -> None:
    inner = published(clients, settings("inner"), template(MISSPELT))
    service = Service(clients)

    service.deliver({"Resources": {"Inner": resource("CloudFormation::Stack", TemplateURL=inner)}})

    assert service.status() == "ROLLBACK_COMPLETE"
    assert WORDS.removeprefix("Note: ") in service.failures()[0]


def test_a_template_holds_no_null(clients: Clients) -> None:
    with pytest.raises(ClientError, match=r"\[/Resources/Note/Type/Value\] 'null' values are not allowed in templates"):
        Service(clients).propose(template(resource("SSM::Parameter", Type="String", Value=None)))
