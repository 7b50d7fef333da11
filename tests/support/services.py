"""A stack that is delivered as the pipeline delivers it: by a change set, with a service role."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_pipeline.aws import Clients

EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
CAPABILITIES = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
TRUST = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | Sequence[str], resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@dataclass
class Service:
    """A stack of a template, YAML or JSON, and its service role, which may do what `statements` say."""

    clients: Clients
    statements: Sequence[Any] = field(default_factory=lambda: EVERYTHING)
    name: str = field(default_factory=lambda: f"service-{uuid.uuid4().hex[:8]}")
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: Sequence[Any] = CAPABILITIES
    role: str = ""

    def __post_init__(self) -> None:
        role = f"{self.name}-cloudformation"
        iam = self.clients.iam
        self.role = iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
        self.permit(*self.statements)

    def permit(self, *statements: Any) -> None:
        """What the service role may do from now on."""
        role = self.role.rpartition("/")[2]
        self.clients.iam.put_role_policy(RoleName=role, PolicyName="its", PolicyDocument=document(*statements))

    def propose(self, template: str | Mapping[str, Any], **parameters: str) -> Any:
        """The description of a change set; a template that is an address is fetched from it."""
        text = template if isinstance(template, str) else json.dumps(template)
        source: Any = {"TemplateURL" if text.startswith("http") else "TemplateBody": text}
        change_set = self.clients.cloudformation.create_change_set(
            StackName=self.name,
            ChangeSetName=f"change-{uuid.uuid4().hex[:8]}",
            ChangeSetType="UPDATE" if self.status() not in {"", "REVIEW_IN_PROGRESS"} else "CREATE",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=list(self.capabilities),
            Tags=[{"Key": key, "Value": value} for key, value in self.tags.items()],
            RoleARN=self.role,
            **source,
        )
        return self.clients.cloudformation.describe_change_set(ChangeSetName=change_set["Id"])

    def deliver(self, template: str | Mapping[str, Any], **parameters: str) -> dict[str, str]:
        """Propose, execute, and look at the outputs once the operation is over, however it ended."""
        change_set = self.propose(template, **parameters)
        assert change_set["ExecutionStatus"] == "AVAILABLE", change_set["StatusReason"]
        self.clients.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        until(lambda: not self.status().endswith("_IN_PROGRESS"), f"the operation on {self.name}")
        return {output["OutputKey"]: output["OutputValue"] for output in self.described().get("Outputs", [])}

    def described(self) -> Any:
        """The stack as it is; empty where there is none."""
        from botocore.exceptions import ClientError

        try:
            return self.clients.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError:
            return {}

    def status(self) -> str:
        return str(self.described().get("StackStatus", ""))

    def failures(self) -> list[str]:
        """Why resources failed, the first cause first."""
        events = self.clients.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def changes(self, change_set: Any) -> dict[str, str]:
        """What a change set does, by logical ID."""
        changes = [change["ResourceChange"] for change in change_set["Changes"]]
        return {change["LogicalResourceId"]: change["Action"] for change in changes}

    def physical(self, logical_id: str) -> str:
        detail = self.clients.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return detail["StackResourceDetail"]["PhysicalResourceId"]
