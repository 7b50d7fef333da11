"""`pipeline.drift`: what was changed by hand since CloudFormation made it, in the stacks and in those nested in them.

What the pipeline delivers into an environment differs from the template by design, and is no drift: see `DELIVERED`.
Shapes: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceDrift.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws, console, output
from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.errors import Different, Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import environments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_cloudformation.type_defs import StackResourceDriftTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.cloudformation.tree import Tree
    from serverless_pipeline.settings import Settings

_DETECTION = 3600.0
"""Seconds after which CloudFormation is not waited for any longer."""
DELIVERED = {
    ("AWS::ApiGateway::RestApi", "/Body"),
    ("AWS::ApiGateway::RestApi", "/Description"),
    ("AWS::ApiGateway::RestApi", "/Name"),
    ("AWS::ApiGateway::Stage", "/DeploymentId"),
    ("AWS::Lambda::Alias", "/Description"),
    ("AWS::Lambda::Alias", "/FunctionVersion"),
    ("AWS::Lambda::Alias", "/RoutingConfig"),
    ("AWS::Lambda::Function", "/Code"),
}
"""Types and properties that a delivery changes, a stack update leaves alone, and a rollback puts back."""

_STATUS = "invoke pipeline.status"
_COMPARED = ["IN_SYNC", "MODIFIED", "DELETED"]
_CHECKABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")


@dataclass(frozen=True)
class Difference:
    """A property that is not what the template says; both values as CloudFormation writes them."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True)
class Drift:
    """A resource that was compared; `status` is IN_SYNC, or MODIFIED or DELETED by hand."""

    resource: str
    physical_id: str
    type: str
    status: str
    differences: tuple[Difference, ...]

    @classmethod
    def from_response(cls, drift: StackResourceDriftTypeDef, place: str) -> Drift:
        return cls(
            resource=f"{place}{drift['LogicalResourceId']}",
            physical_id=drift.get("PhysicalResourceId", ""),
            type=drift["ResourceType"],
            status=drift["StackResourceDriftStatus"],
            differences=tuple(
                Difference(item["PropertyPath"], item["ExpectedValue"], item["ActualValue"])
                for item in drift.get("PropertyDifferences", [])
                if not _is_delivered(drift["ResourceType"], item["PropertyPath"])
            ),
        )

    @property
    def is_drift(self) -> bool:
        """Whether there is more to it than a delivery."""
        return self.status == "DELETED" or bool(self.differences)

    def document(self) -> dict[str, Any]:
        """The drift as `--output json` has it."""
        return {
            "resource": self.resource,
            "physical_id": self.physical_id,
            "type": self.type,
            "status": self.status,
            "differences": [vars(difference) for difference in self.differences],
        }


@dataclass(frozen=True)
class Unchecked:
    """A resource that CloudFormation did not compare: nothing is known of it."""

    resource: str
    type: str


@dataclass(frozen=True)
class Report:
    """What drifted of the stacks, what nobody compared, and why part of them could not be looked at."""

    stack: str
    drifts: tuple[Drift, ...]
    skipped: tuple[str, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()

    def document(self) -> dict[str, Any]:
        """The report as `--output json` has it."""
        return {
            "stack": self.stack,
            "drifts": [drift.document() for drift in self.drifts],
            "unchecked": [vars(one) for one in self.unchecked],
        }

    def lines(self) -> Iterator[str]:
        """The report as text."""
        if not self.drifts:
            yield "Nothing was changed by hand" + (" of what can be checked." if self.unchecked else ".")
        for drift in self.drifts:
            yield f"{drift.status:<8}  {drift.resource}  {drift.type}  {drift.physical_id}"
            yield from (f"          {one.path}: {one.expected} is now {one.actual}" for one in drift.differences)
        for kind, resources in _by_type(self.unchecked).items():
            yield f"UNCHECKED {kind}  {', '.join(resources)}"


def detect(settings: Settings, clients: Clients) -> Report:
    """Have CloudFormation look at every resource of the pipeline's stack and of its environments, nested ones included.

    A stack in review holds nothing yet.

    Raises:
        Error: there is no stack, or one is in the middle of an operation.
    """
    root = stack.demand(clients, settings.stack_name)
    below = environments.stacks(settings, clients)
    tops = {"": root} | {name: one for name, one in below.items() if one.status is not Status.REVIEW_IN_PROGRESS}
    for top in tops.values():
        if top.status not in _CHECKABLE:
            raise Error(f"The drift of the stack {top.name} cannot be found out: it is {top.status}.", hint=_STATUS)
    reports = [_detect(clients, top, place) for place, top in tops.items()]
    drifts = tuple(drift for report in reports for drift in report.drifts)
    skipped = tuple(words for report in reports for words in report.skipped)
    return Report(root.name, drifts, skipped, tuple(one for report in reports for one in report.unchecked))


def show(report: Report, form: str, *, fail: bool) -> None:
    """Print what drifted.

    Raises:
        Different: something did, and `fail` asks to say so with exit code 3.
    """
    for words in report.skipped:
        console.say("Skipped", words, style="yellow")
    console.data(output.written(report.document(), form, report.lines()))
    if fail and report.drifts:
        raise Different(f"The stack {report.stack} is not as CloudFormation made it.", hint="invoke pipeline.drift")


def _detect(clients: Clients, top: Stack, place: str) -> Report:
    """The drift of one stack and of those nested in it; `place` is its environment, empty for the pipeline's own."""
    drifts: list[Drift] = []
    skipped: list[str] = []
    unchecked: list[Unchecked] = []
    for one in tree.look(clients, top.id).trees():
        path = "/".join(filter(None, (place, one.path)))
        if one.path and tree.is_deleted(clients, one):
            drifts.append(Drift(path, one.stack_id, stack.KIND, "DELETED", ()))
            continue
        if reason := _look(clients, one.stack_id):
            skipped.append(f"part of {one.name}: {reason}")
        below = f"{path}/" if path else ""
        every = {drift.resource: drift for drift in _drifts(clients, one, below)}
        drifts += [drift for drift in every.values() if drift.is_drift and drift.type != stack.KIND]
        held = (Unchecked(f"{below}{resource.logical_id}", resource.type) for resource in one.resources)
        unchecked += [other for other in held if other.type != stack.KIND and other.resource not in every]
    return Report(top.name, tuple(drifts), tuple(skipped), tuple(unchecked))


def _look(clients: Clients, stack_id: str) -> str:
    """Let CloudFormation look at one stack, and wait until it has; answers why it could not see all of it."""
    detection = clients.cloudformation.detect_stack_drift(StackName=stack_id)["StackDriftDetectionId"]
    answer = Patience.towards(clients, timeout=_DETECTION, again="invoke pipeline.drift").until(
        lambda: clients.cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection),
        lambda answer: answer["DetectionStatus"] != "DETECTION_IN_PROGRESS",
        what=f"the drift detection of {stack_id}",
    )
    failed = answer["DetectionStatus"] == "DETECTION_FAILED"
    return answer.get("DetectionStatusReason", "CloudFormation gives no reason") if failed else ""


def _drifts(clients: Clients, one: Tree, place: str) -> Iterator[Drift]:
    """The resources that were compared, as they were found."""
    ask = clients.cloudformation.describe_stack_resource_drifts
    for page in aws.pages(
        ask, f"the drifts of {one.name}", StackName=one.stack_id, StackResourceDriftStatusFilters=_COMPARED
    ):
        yield from (Drift.from_response(item, place) for item in page["StackResourceDrifts"])


def _by_type(unchecked: Iterable[Unchecked]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for one in unchecked:
        kinds.setdefault(one.type, []).append(one.resource)
    return kinds


def _is_delivered(kind: str, path: str) -> bool:
    return any(kind == known and (path == top or path.startswith(f"{top}/")) for known, top in DELIVERED)
