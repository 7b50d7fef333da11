"""Every call of a function to AWS is throttled, broken, reset and refused: each job gets one answer that helps."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import pytest

from lambdas.delivery.contents import Contents
from lambdas.delivery.delivery import KINDS
from tests.support import ROOT, lambdas
from tests.support import relay as faults
from tests.support.embedded import asked_for, endpoint_of
from tests.support.relay import REFILL, Call, Fault, Relay, relay_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from serverless_pipeline.aws import Clients

    Work = Callable[["World"], "Lambda"]
    """What a function has to do: given a world, its handler and the event."""

DOCUMENT_OF_FAULTS = ROOT / "docs" / "faults.md"

ANSWERS = {"PutJobSuccessResult", "PutJobFailureResult"}

PASSING = [faults.throttled, faults.broken, faults.reset]

LASTING = {
    faults.throttled: "AWS was too busy for {operation}, each time it was tried; retry the stage",
    faults.broken: "AWS failed at {operation}, each time it was tried; retry the stage",
    faults.reset: "The connection to AWS broke, each time it was tried; retry the stage",
    faults.denied: "AWS did not allow {operation}; a role lacks the permission",
}

FOREVER = 1000

TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}}]})

TASKS = """
from invoke import task

@task
def package(c):
    open("made.txt", "w").write("made")
"""

QUEUE = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})

RELEASE = "release=test/an-execution/20260101-000000"

METHOD = {"x-amazon-apigateway-integration": {"type": "mock"}}
DOCUMENT = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/": {"get": METHOD}}}


@dataclass(frozen=True)
class Lambda:
    """A function's handler, whose calls go through the relay."""

    handler: Callable[[Mapping[str, Any], Any], None]
    event: Mapping[str, Any]


class Context:
    """The context object of Lambda, with time enough."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@dataclass
class World:
    """What the jobs find: a bucket of artifacts, and what they deliver to."""

    clients: Clients
    bucket: str
    site: str
    function: str
    api: str
    distribution: str
    cached: bool = False

    def artifact(self, name: str, files: Mapping[str, str]) -> dict[str, Any]:
        """Lay an artifact down that nobody has seen before; answers its entry in an event."""
        key = f"small/{name}/{uuid.uuid4().hex}"
        self.clients.s3.put_object(Bucket=self.bucket, Key=key, Body=lambdas.zipped(files))
        return entry(name, self.bucket, key)

    def event(self, parameters: str, inputs: list[dict[str, Any]], outputs: tuple[str, ...] = ()) -> dict[str, Any]:
        session = self.clients.sts.get_session_token()["Credentials"]
        data = {
            "actionConfiguration": {"configuration": {"FunctionName": "f", "UserParameters": parameters}},
            "inputArtifacts": inputs,
            "outputArtifacts": [entry(name, self.bucket, f"small/{name}/{uuid.uuid4().hex}") for name in outputs],
            "artifactCredentials": {
                "accessKeyId": session["AccessKeyId"],
                "secretAccessKey": session["SecretAccessKey"],
                "sessionToken": session["SessionToken"],
                "expirationTime": 1795467600000,
            },
        }
        return {"CodePipeline.job": {"id": str(uuid.uuid4()), "accountId": "000000000000", "data": data}}


def entry(name: str, bucket: str, key: str) -> dict[str, Any]:
    place = {"bucketName": bucket, "objectKey": key}
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": place}}


def new() -> str:
    return uuid.uuid4().hex


def install(world: World) -> Lambda:
    source = world.artifact("SourceOutput", {"requirements.txt": f"# {new()}\n"})
    event = world.event("requirements=requirements.txt", [source], ("DependenciesOutput",))
    return Lambda(handler_of("install"), event)


def install_from_the_cache(world: World) -> Lambda:
    source = world.artifact("SourceOutput", {"requirements.txt": "# the same each time\n"})
    event = world.event("requirements=requirements.txt", [source], ("DependenciesOutput",))
    if not world.cached:
        handler_of("install")(event, Context())
        world.cached = True
        return install_from_the_cache(world)
    return Lambda(handler_of("install"), event)


def run_task(world: World) -> Lambda:
    source = world.artifact("SourceOutput", {"tasks.py": TASKS})
    dependencies = world.artifact("DependenciesOutput", {"empty.txt": ""})
    return Lambda(handler_of("run_task"), world.event("task=package&Made=made.txt", [source, dependencies], ("Made",)))


def deploy_function(world: World) -> Lambda:
    code = world.artifact("DistLambdaOutput", {"index.py": f"handler = print  # {new()}"})
    asks = f"type=lambda&function={world.function}&alias=live&{RELEASE}"
    return Lambda(handler_of("deploy"), world.event(asks, [code]))


def shift_function(world: World) -> Lambda:
    world.clients.functions.update_alias(FunctionName=world.function, Name="live", FunctionVersion="1")
    code = world.artifact("DistLambdaOutput", {"index.py": f"handler = print  # {new()}"})
    asks = f"type=lambda&function={world.function}&alias=live&shift=canary:10:5&alarms={world.function}"
    return Lambda(handler_of("deploy"), world.event(asks, [code]))


def deploy_api(world: World) -> Lambda:
    document = world.artifact("DistApiOutput", {"openapi.json": json.dumps(DOCUMENT)})
    target = f"arn:aws:lambda:us-east-1:000000000000:function:{world.function}:live"
    asks = f"type=apigateway&api={world.api}&stage=test&function={target}&{RELEASE}"
    return Lambda(handler_of("deploy"), world.event(asks, [document]))


def deploy_site(world: World) -> Lambda:
    for page in world.clients.s3.list_objects_v2(Bucket=world.site).get("Contents", []):
        world.clients.s3.delete_object(Bucket=world.site, Key=page["Key"])
    for key in ("stale.html", "config.json"):
        world.clients.s3.put_object(Bucket=world.site, Key=key, Body=b"stale")
    site = world.artifact("DistSiteOutput", {"index.html": new(), "style.css": new()})
    asks = f"type=s3&bucket={world.site}&apiBaseurl=http://api/&version=20260101-000000&{RELEASE}"
    return Lambda(handler_of("deploy"), world.event(asks, [site]))


def deploy_site_with_other_patterns(world: World) -> Lambda:
    for name in ("index.html", "stale.html", "style.css"):
        world.clients.s3.delete_object(Bucket=world.site, Key=name)
    world.clients.s3.put_object(
        Bucket=world.site, Key="config.json", Body=b"stale", Metadata={"header-patterns": "Cache.*=no-store"}
    )
    site = world.artifact("DistSiteOutput", {"index.html": new()})
    asks = f"type=s3&bucket={world.site}&apiBaseurl=http://api/&version=20260101-000000&Cache.*.html=max-age=300"
    return Lambda(handler_of("deploy"), world.event(asks, [site]))


def deploy_site_with_a_distribution(world: World) -> Lambda:
    """A site of which the distribution knows all but what comes now."""
    for page in world.clients.s3.list_objects_v2(Bucket=world.site).get("Contents", []):
        world.clients.s3.delete_object(Bucket=world.site, Key=page["Key"])
    told = {"header-rules": "old", "invalidated": world.distribution}
    world.clients.s3.put_object(Bucket=world.site, Key="config.json", Body=b"stale", Metadata=told)
    site = world.artifact("DistSiteOutput", {"index.html": new(), "style.css": new()})
    asks = f"type=s3&bucket={world.site}&apiBaseurl=http://api/&version=20260101-000000"
    return Lambda(handler_of("deploy"), world.event(f"{asks}&distribution={world.distribution}&{RELEASE}", [site]))


def wait_for_the_distribution(world: World) -> Lambda:
    batch: Any = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": new()}
    cloudfront = world.clients.client("cloudfront")
    begun = cloudfront.create_invalidation(DistributionId=world.distribution, InvalidationBatch=batch)["Invalidation"]
    asks = f"type=s3&bucket={world.site}&apiBaseurl=http://api/&version=v1&distribution={world.distribution}"
    event = world.event(asks, [entry("DistSiteOutput", world.bucket, "not read again")])
    token = json.dumps({"summary": "delivered", "variables": {}, "invalidation": begun["Id"]})
    event["CodePipeline.job"]["data"]["continuationToken"] = json.dumps(["digest", token])
    return Lambda(handler_of("deploy"), event)


def plan_stack(world: World) -> Lambda:
    source = world.artifact("SourceOutput", {"queue.json": QUEUE})
    return Lambda(handler_of("deploy"), world.event(stack_named(f"faults-app-{new()}"), [source]))


def execute_stack(world: World) -> Lambda:
    return resume(world, f"faults-app-{new()}", "CREATE")


def leave_stack(world: World) -> Lambda:
    """A change set that changes nothing."""
    name = f"faults-app-{new()}"
    world.clients.cloudformation.create_stack(StackName=name, TemplateBody=QUEUE)
    world.clients.cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    return resume(world, name, "UPDATE")


def resume(world: World, name: str, kind: Literal["CREATE", "UPDATE"]) -> Lambda:
    """A job that goes on with a change set."""
    change_set = world.clients.cloudformation.create_change_set(
        StackName=name, ChangeSetName="planned", ChangeSetType=kind, TemplateBody=QUEUE
    )
    event = world.event(stack_named(name), [entry("SourceOutput", world.bucket, "not read again")])
    planned = json.dumps([change_set["StackId"], change_set["Id"]])
    token = json.dumps([planned, Contents().to_text()])
    event["CodePipeline.job"]["data"]["continuationToken"] = json.dumps(["digest", token])
    return Lambda(handler_of("deploy"), event)


def stack_named(name: str) -> str:
    role = "arn:aws:iam::000000000000:role/faults-app-role"
    return f"type=cloudformation&stack={name}&template=queue.json&role={role}"


WORK = {
    install: "`install`",
    install_from_the_cache: "`install`, from the cache",
    run_task: "`run-task`",
    deploy_function: "`deploy`, `type=lambda`",
    shift_function: "`deploy`, `type=lambda`, `shift`",
    deploy_api: "`deploy`, `type=apigateway`",
    deploy_site: "`deploy`, `type=s3`",
    deploy_site_with_other_patterns: "`deploy`, `type=s3`, other patterns",
    deploy_site_with_a_distribution: "`deploy`, `type=s3`, `distribution`",
    wait_for_the_distribution: "`deploy`, `type=s3`, `distribution`, an invalidation that is made",
    plan_stack: "`deploy`, `type=cloudformation`, first job",
    execute_stack: "`deploy`, `type=cloudformation`, a change set that is made",
    leave_stack: "`deploy`, `type=cloudformation`, nothing to change",
}


def handler_of(module: str) -> Callable[..., Any]:
    handler: Callable[..., Any] = import_module(f"lambdas.{module}").handler
    return handler


@pytest.fixture(scope="module")
def world(clients: Clients) -> World:
    name = f"faults-{new()[:8]}"
    role = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=lambdas.TRUST)["Role"]["Arn"]
    clients.iam.create_role(RoleName="faults-app-role", AssumeRolePolicyDocument=TRUST)
    for bucket in (f"{name}-artifacts", f"{name}-site"):
        clients.s3.create_bucket(Bucket=bucket)
    lambdas.created(
        clients,
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": lambdas.zipped({"index.py": "handler = print"})},
        Publish=True,
    )
    clients.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    clients.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=1,
        Statistic="Sum",
    )
    gateway = clients.client("apigateway")
    api = gateway.create_rest_api(name=name)["id"]
    gateway.put_rest_api(restApiId=api, body=json.dumps(DOCUMENT).encode())
    return World(clients, f"{name}-artifacts", f"{name}-site", name, api, distribution_before(clients, f"{name}-site"))


def distribution_before(clients: Clients, bucket: str) -> str:
    origin = {"Id": "site", "DomainName": f"{bucket}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    config: Any = {
        "CallerReference": new(),
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    identity: str = clients.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    return identity


@pytest.fixture(scope="module")
def wire(clients: Clients) -> Iterator[Relay]:
    with relay_to(endpoint_of(clients).url) as relay:
        yield relay


@pytest.fixture(autouse=True)
def through(wire: Relay, clients: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the functions reach AWS through the relay, which takes their answers; waiting takes no time.

    A job leaves what goes on to the next one: how often it looked again would depend on the time.
    """
    for name, value in (endpoint_of(clients).environment() | {"AWS_ENDPOINT_URL": wire.url}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "faults-deploy")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    from lambdas.job import action
    from lambdas.job import clients as functions_clients

    for function in vars(functions_clients).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()
    monkeypatch.setattr(action, "_LAST_SECONDS", 899.0)
    monkeypatch.setattr("botocore.endpoint.time", Timeless())
    monkeypatch.setattr("lambdas.delivery.upload._PAUSES", [0.0] * 6)
    monkeypatch.setattr("lambdas.rollback.PAUSE", 0.0)
    for name, kind in KINDS.items():
        monkeypatch.setitem(KINDS, name, replace(kind, patience=0))
    wire.answered = lambda call: b"{}" if call.operation in ANSWERS else None


class Timeless:
    """The module `time`, in which waiting takes no time; who rations calls in earnest needs a while to let one in."""

    def sleep(self, _seconds: float) -> None:
        if asked_for():
            time.sleep(REFILL)


def perform(wire: Relay, work: Work, world: World, **fault: Any) -> list[Call]:
    """Do a job; the answers that CodePipeline took."""
    ordered = work(world)
    wire.expect(**fault)
    ordered.handler(ordered.event, Context())
    return [call for call in wire.calls if call.operation in ANSWERS and call not in wire.broken]


def calls_of(work: Work, wire: Relay, world: World) -> list[str]:
    """The calls that a job makes, each once, in their order."""
    (answer,) = perform(wire, work, world)
    assert answer.operation == "PutJobSuccessResult"
    return list(dict.fromkeys(str(call) for call in wire.calls))


def deliver(wire: Relay, work: Work, world: World) -> None:
    """Do what a function has to do in as many jobs as it takes."""
    ordered = work(world)
    data = ordered.event["CodePipeline.job"]["data"]
    wire.expect()
    ordered.handler(ordered.event, Context())
    while token := json.loads(wire.calls[-1].body).get("continuationToken"):
        data["continuationToken"] = token
        ordered.event["CodePipeline.job"]["id"] = str(uuid.uuid4())
        ordered.handler(ordered.event, Context())


def failure(answer: Call) -> dict[str, str]:
    assert answer.operation == "PutJobFailureResult"
    details: dict[str, str] = json.loads(answer.body)["failureDetails"]
    return details


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("work", WORK)
def test_a_fault_that_passes_is_not_noticed(work: Work, fault: Fault, wire: Relay, world: World) -> None:
    for at in calls_of(work, wire, world):
        answers = perform(wire, work, world, fault=fault, at=at)

        assert [answer.operation for answer in answers] == ["PutJobSuccessResult"], at
        assert len(wire.broken) == 1


@pytest.mark.parametrize(("fault", "words"), LASTING.items())
@pytest.mark.parametrize("work", WORK)
def test_a_fault_that_lasts_ends_in_one_failure_with_words_that_help(
    work: Work, fault: Fault, words: str, wire: Relay, world: World
) -> None:
    for at in calls_of(work, wire, world)[:-1]:
        (answer,) = perform(wire, work, world, fault=fault, at=at, times=FOREVER)

        assert words.format(operation=at.partition(":")[2]) in failure(answer)["message"], at
        assert failure(answer)["type"] == ("PermissionError" if fault is faults.denied else "JobFailed"), at


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("work", WORK)
def test_an_answer_that_codepipeline_never_takes_is_left_to_lambda(
    work: Work, fault: Fault, wire: Relay, world: World
) -> None:
    from lambdas.job.answer import Unanswered

    with pytest.raises(Unanswered, match="CodePipeline did not take the answer of the function"):
        perform(wire, work, world, fault=fault, at="codepipeline:PutJobSuccessResult", times=FOREVER)


@pytest.mark.parametrize("work", WORK)
def test_a_success_that_is_not_allowed_becomes_a_failure(work: Work, wire: Relay, world: World) -> None:
    (answer,) = perform(wire, work, world, fault=faults.denied, at="codepipeline:PutJobSuccessResult", times=FOREVER)

    assert failure(answer)["message"].startswith("CodePipeline did not take the answer of the function")


@pytest.fixture
def rolls_back(world: World, wire: Relay, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Roll back from another release to one that the deploys put on record; answers what the function says."""
    monkeypatch.setenv("ARTIFACT_BUCKET", world.bucket)
    for work in (deploy_function, deploy_api, deploy_site_with_a_distribution):
        deliver(wire, work, world)

    assert world.clients.endpoint
    apis = world.clients.client("apigateway")

    def roll_back(**fault: Any) -> dict[str, Any]:
        world.clients.functions.update_alias(FunctionName=world.function, Name="live", FunctionVersion="1")
        apis.create_deployment(restApiId=world.api, stageName="test")
        for page in ("index.html", "stale.html"):
            world.clients.s3.put_object(Bucket=world.site, Key=page, Body=b"another release")
        wire.expect(**fault)
        return dict(handler_of("rollback")({"environment": "test", "execution": "an-execution"}, Context()))

    return roll_back


@pytest.mark.parametrize("fault", PASSING)
def test_a_rollback_does_not_notice_a_fault_that_passes(
    rolls_back: Callable[..., dict[str, Any]], fault: Fault, wire: Relay
) -> None:
    assert "error" not in rolls_back()

    for at in dict.fromkeys(str(call) for call in wire.calls):
        assert "error" not in rolls_back(fault=fault, at=at), at


@pytest.mark.parametrize(("fault", "words"), LASTING.items())
def test_a_fault_that_lasts_ends_a_rollback_with_words_that_help(
    rolls_back: Callable[..., dict[str, Any]], fault: Fault, words: str, wire: Relay
) -> None:
    rolls_back()

    for at in dict.fromkeys(str(call) for call in wire.calls):
        answer = rolls_back(fault=fault, at=at, times=FOREVER)

        expected = words.replace("retry the stage", "roll back again").format(operation=at.partition(":")[2])
        assert expected in answer["error"], at
        assert answer["error"].endswith("it ends what was begun" if answer["moved"] else "nothing has moved"), at


def test_the_documentation_names_every_call_of_a_rollback(
    rolls_back: Callable[..., dict[str, Any]], wire: Relay
) -> None:
    rolls_back()

    called = ", ".join(dict.fromkeys(call.operation for call in wire.calls))
    assert f"| `rollback` | {called} |" in DOCUMENT_OF_FAULTS.read_text()


@pytest.mark.parametrize(("work", "title"), WORK.items())
def test_the_documentation_names_every_call(work: Work, title: str, wire: Relay, world: World) -> None:
    called = ", ".join(call.partition(":")[2] for call in calls_of(work, wire, world))

    assert f"| {title} | {called} |" in DOCUMENT_OF_FAULTS.read_text()
