"""Deliveries to a function by a real pipeline on the embedded AWS, with the role that the templates give it."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from serverless_pipeline.local.functions import runtime
from tests.support import environments
from tests.support.functions import sources
from tests.support.lambdas import zipped
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_cloudwatch.literals import StateValueType
    from mypy_boto3_lambda.literals import ArchitectureType, RuntimeType

    from serverless_pipeline.aws import Clients


SOURCE = """
def handler(event, context):
    if event == "fail" and {number} > 1:
        raise ValueError("the new version fails")
    return {number}
"""


@dataclass
class Delivery:
    """A pipeline that delivers to the alias `live` of a function, which is at version 1."""

    clients: Clients
    name: str
    function: str
    role: str

    def source(self, number: int) -> None:
        """Lay down the code that says it is version `number`."""
        self.clients.s3.put_object(Bucket=self.name, Key="app.zip", Body=zipped({"index.py": code(number)}))

    def declaration(self, parameters: str) -> Any:
        """The pipeline, its one delivery with some parameters beside those it needs."""
        needed = f"type=lambda&function={self.function}&alias=live"
        source = action("Source", "S3", {"S3Bucket": self.name, "S3ObjectKey": "app.zip"}, outputs=["App"])
        configuration = {"FunctionName": f"{self.name}-deploy", "UserParameters": f"{needed}&{parameters}"}
        deploy = action("Deploy", "Lambda", configuration, inputs=["App"])
        return {
            "name": self.name,
            "pipelineType": "V2",
            "roleArn": self.role,
            "artifactStore": {"type": "S3", "location": self.name},
            "stages": [{"name": "Source", "actions": [source]}, {"name": "Live", "actions": [deploy]}],
        }

    def start(self, parameters: str, number: int = 2) -> str:
        """Release version `number` with these parameters; answers the execution."""
        self.source(number)
        self.clients.codepipeline.update_pipeline(pipeline=self.declaration(parameters))
        return self.clients.codepipeline.start_pipeline_execution(name=self.name)["pipelineExecutionId"]

    def await_end(self, execution: str) -> Any:
        """The delivery of an execution as it is listed, with its variables, when it has ended."""

        def look() -> Any:
            details = self.clients.codepipeline.list_action_executions(
                pipelineName=self.name, filter={"pipelineExecutionId": execution}
            )["actionExecutionDetails"]
            ends = {"Succeeded", "Failed", "Abandoned"}
            return [detail for detail in details if detail["actionName"] == "Deploy" and detail["status"] in ends]

        (detail,) = until(look)
        return detail

    def await_failure(self, execution: str) -> str:
        """What the failed delivery of an execution says."""
        detail = self.await_end(execution)
        assert detail["status"] == "Failed", detail
        return str(detail["output"]["executionResult"]["errorDetails"]["message"])

    def route(self) -> tuple[str, dict[str, float]]:
        alias = self.clients.functions.get_alias(FunctionName=self.function, Name="live")
        return alias["FunctionVersion"], dict(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))

    def await_shift(self) -> None:
        """Wait until the alias has two versions."""
        until(lambda: self.route()[1])

    def answers(self, times: int, event: str = "") -> Counter[str]:
        """How often each version answers through the alias."""

        def one(_: int) -> str:
            answer = self.clients.functions.invoke(
                FunctionName=self.function, Qualifier="live", Payload=json.dumps(event)
            )
            return answer["ExecutedVersion"]

        with ThreadPoolExecutor(4) as pool:
            return Counter(pool.map(one, range(times)))


def code(number: int) -> str:
    return SOURCE.format(number=number)


def action(
    name: str, provider: str, configuration: dict[str, str], inputs: list[str] | None = None, outputs: Any = ()
) -> dict[str, Any]:
    kind = {"owner": "AWS", "version": "1", "category": "Source" if provider == "S3" else "Invoke"}
    return {
        "name": name,
        "actionTypeId": kind | {"provider": provider},
        "configuration": configuration,
        "inputArtifacts": [{"name": artifact} for artifact in inputs or []],
        "outputArtifacts": [{"name": artifact} for artifact in outputs],
    }


def permissions(*roles: str) -> list[str]:
    """What roles of the templates allow; on which resources is another test's matter."""
    from cfnlint.decode import decode_str

    text = environments.rendered("shop")["roles"]
    resources = decode_str(text)[0]["Resources"]
    policies = [policy for role in roles for policy in resources[role]["Properties"]["Policies"]]
    actions = [statement["Action"] for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return sorted({name for names in actions for name in (names if isinstance(names, list) else [names])})


def make_role(clients: Clients, name: str, service: str, actions: list[str]) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    arn = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    clients.iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=json.dumps(policy))
    return arn


@pytest.fixture(scope="module")
def world(clients: Clients) -> Iterator[tuple[str, str]]:
    """A bucket, a function that deploys beside it, and the pipeline's role: the bucket's name and the role."""
    name = f"shift-{uuid.uuid4().hex[:8]}"
    clients.s3.create_bucket(Bucket=name)
    clients.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    python, architecture = cast("tuple[RuntimeType, ArchitectureType]", runtime.identity())
    clients.functions.create_function(
        FunctionName=f"{name}-deploy",
        Role=make_role(clients, f"{name}-deploy", "lambda", permissions("DeployRole")),
        Handler="lambdas.deploy.handler",
        Runtime=python,
        Architectures=[architecture],
        Timeout=120,
        Code={"ZipFile": zipped(sources())},
    )
    yield name, make_role(clients, f"{name}-pipeline", "codepipeline", permissions("PipelineRole", "DeployActionRole"))
    clients.functions.delete_function(FunctionName=f"{name}-deploy")


@pytest.fixture
def delivery(clients: Clients, world: tuple[str, str], make: Callable[..., str]) -> Iterator[Delivery]:
    name, role = world
    function = make(archive=zipped({"index.py": code(1)}))
    clients.functions.publish_version(FunctionName=function)
    clients.functions.create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    delivery = Delivery(clients, name, function, role)
    delivery.source(1)
    clients.codepipeline.create_pipeline(pipeline=delivery.declaration("shift=canary:50:60"))
    (first,) = until(
        lambda: clients.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    )
    assert delivery.await_end(first["pipelineExecutionId"])["status"] == "Succeeded"
    yield delivery
    clients.codepipeline.delete_pipeline(name=name)


@pytest.fixture
def alarm(clients: Clients) -> Iterator[Callable[[StateValueType], str]]:
    """Set an alarm of a metric that nobody reports; its name."""
    assert clients.endpoint
    cloudwatch = clients.client("cloudwatch")
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )
    cloudwatch.put_composite_alarm(AlarmName=f"{name}-any", AlarmRule=f"ALARM({name})")

    def ring(state: StateValueType) -> str:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="the test says so")
        return name

    yield ring
    cloudwatch.delete_alarms(AlarmNames=[f"{name}-any"])
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_a_canary_takes_its_share_and_the_next_delivery_ends_what_it_left(delivery: Delivery) -> None:
    execution = delivery.start("shift=canary:50:60")
    delivery.await_shift()
    shared = delivery.answers(400)
    delivery.clients.codepipeline.stop_pipeline_execution(
        pipelineName=delivery.name, pipelineExecutionId=execution, abandon=True
    )
    left = delivery.route()

    ended = delivery.await_end(delivery.start("shift=linear:50:0.02", number=3))

    assert left == ("1", {"2": 0.5})
    assert shared.total() == 400
    assert 100 < shared["2"] < 300  # ten standard deviations to each side
    assert ended["status"] == "Succeeded", ended
    variables = ended["output"]["outputVariables"]
    assert variables | {"FunctionVersion": "3", "PreviousVersion": "1", "Alias": "live"} == variables
    assert delivery.route() == ("3", {})
    assert delivery.answers(20) == {"3": 20}


def test_the_same_code_again_moves_nothing(delivery: Delivery) -> None:
    first = delivery.await_end(delivery.start("shift=canary:50:0.01"))
    again = delivery.await_end(delivery.start("shift=canary:50:60"))

    assert [first["status"], again["status"]] == ["Succeeded", "Succeeded"]
    assert again["output"]["outputVariables"]["PreviousVersion"] == "2"
    assert delivery.route() == ("2", {})


@pytest.mark.parametrize("suffix", ["", "-any"])
def test_an_alarm_in_the_middle_puts_the_alias_back_and_fails_the_action(
    delivery: Delivery, alarm: Callable[[str], str], suffix: str
) -> None:
    name = alarm("OK") + suffix
    execution = delivery.start(f"shift=canary:50:60&alarms={name}")
    delivery.await_shift()

    alarm("ALARM")

    message = delivery.await_failure(execution)
    assert (
        f"The alarm {name} is in ALARM; {delivery.function}:live is back at version 1 with all the traffic" in message
    )
    assert delivery.route() == ("1", {})
    assert delivery.answers(20) == {"1": 20}


def test_a_version_that_fails_is_taken_back(delivery: Delivery) -> None:
    execution = delivery.start("shift=canary:50:60")
    delivery.await_shift()

    until(lambda: delivery.answers(4, "fail")["2"])

    message = delivery.await_failure(execution)
    assert message.startswith("Version 2 failed ")
    assert f"{delivery.function}:live is back at version 1 with all the traffic" in message
    assert delivery.route() == ("1", {})


def test_an_alarm_that_does_not_exist_is_told_before_anything_is_published(delivery: Delivery) -> None:
    message = delivery.await_failure(delivery.start("shift=canary:50:60&alarms=nobody"))

    assert "alarms names nobody, and CloudWatch has no such alarm here" in message
    versions = delivery.clients.functions.list_versions_by_function(FunctionName=delivery.function)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1"]


def test_an_alias_that_somebody_moves_by_hand_is_left_to_them(delivery: Delivery) -> None:
    execution = delivery.start("shift=canary:50:60")
    delivery.await_shift()

    delivery.clients.functions.update_alias(
        FunctionName=delivery.function, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}}
    )

    assert f"Somebody else moved {delivery.function}:live meanwhile" in delivery.await_failure(execution)
    assert delivery.route() == ("1", {"2": 0.25})
