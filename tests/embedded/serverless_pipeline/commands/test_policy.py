"""Every word runs with exactly the printed policy, in the order of a life, and needs what is in it."""

from __future__ import annotations

import io
import json
import re
import urllib.request
import uuid
import zipfile
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from invoke import Config, Context

from serverless_pipeline import aws, session
from serverless_pipeline.cloudformation import change_set, operation, stack
from serverless_pipeline.commands import down, link, up
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, plan, releases
from serverless_pipeline.settings import S3, Settings
from serverless_pipeline.tasks import pipeline
from tests.support.project import TASKS, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients

UNASKED = {
    "cloudformation:BatchDescribeTypeConfigurations": "AWS asks for it at drift",
    "cloudformation:ContinueUpdateRollback": "only after a rollback that failed",
    "cloudformation:DescribeEvents": "only after CloudFormation found a mistake before it began",
    "cloudformation:GetStackPolicy": "the embedded AWS does not look at the drift of a nested stack",
    "codepipeline:ListPipelines": "only a real region may lack the service",
    "iam:UpdateAssumeRolePolicy": "only if the templates change whom a role trusts",
    "iam:UpdateRole": "only if the templates change what a role is said to do",
    "iam:UpdateRoleDescription": "the same",
    "lambda:GetAccountSettings": "only a real account has quotas",
    "lambda:GetPolicy": "the embedded AWS does not look at the drift of a permission",
    "lambda:UpdateFunctionEventInvokeConfig": "only if the templates change what happens to a broken invocation",
    "logs:DeleteRetentionPolicy": "only if the templates keep logs for ever",
    "s3:AbortMultipartUpload": "only after the upload of a large bundle that broke off",
    "s3:DeleteBucketPolicy": "the embedded AWS has no TLS on which a bucket could insist",
    "s3:GetAccountPublicAccessBlock": "only a real account may block public access",
    "s3:PutBucketPolicy": "as for its deletion",
}
"""What is not asked for in a life without mishaps, and why the policy has it."""


@dataclass
class Deployer:
    """Somebody with a policy of their own, at a stack of their own; `settings` are as `invoke.yaml` would have them."""

    root: Clients
    endpoint: aws.Endpoint
    user: str
    settings: dict[str, str]
    typed: set[str] = field(default_factory=set)
    said: str = ""

    @property
    def chosen(self) -> Settings:
        return Settings.from_config(Settings.defaults() | self.settings)

    @property
    def clients(self) -> Clients:
        return aws.connect(self.chosen, self.endpoint)

    def may(self, document: Mapping[str, Any]) -> None:
        """Have exactly this policy."""
        self.root.iam.put_user_policy(UserName=self.user, PolicyName="all", PolicyDocument=json.dumps(document))

    def types(self, word: str, **options: Any) -> str:
        """Type a word of the pipeline, with the settings as they are now; answers what it printed."""
        config = Config(overrides={"pipeline": Settings.defaults() | self.settings})
        out, err = io.StringIO(), io.StringIO()
        self.typed.add(word)
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(session, "find_server", lambda: self.endpoint)
            try:
                pipeline.ns.tasks[word](Context(config), **options)
            finally:
                self.said += err.getvalue()
        return out.getvalue()

    def policy(self) -> dict[str, Any]:
        """What `pipeline.policy` prints."""
        return json.loads(self.types("policy"))  # type: ignore[no-any-return]

    def lacks(self, action: str, word: str, /, **options: Any) -> None:
        """Type a word with one action less than the policy has; it is refused for that."""
        document = self.policy()
        self.may(without(document, action))
        with pytest.raises((Error, *aws.failures()), match=refused(action)):
            self.types(word, **options)
        self.may(document)

    def actions(self) -> set[str]:
        """What the embedded AWS asked IAM in the name of somebody."""
        with urllib.request.urlopen(f"{self.endpoint.url}/_local/permissions") as answer:
            return set(json.load(answer)[self.endpoint.access_key_id])


@contextmanager
def deployer(clients: Clients) -> Iterator[Deployer]:
    assert clients.endpoint
    name = f"policy-{uuid.uuid4().hex[:8]}"
    clients.iam.create_user(UserName=name)
    key = clients.iam.create_access_key(UserName=name)["AccessKey"]
    endpoint = aws.Endpoint(clients.endpoint.url, key["AccessKeyId"], key["SecretAccessKey"])
    settings = {
        "stack_name": name,
        "source": "s3",
        "environments": "Prod",
        "requirements": "requirements.txt",
        "template": "app/environment.yml",
        "tags": "Team=shop,Cost=42",
    }
    yield Deployer(clients, endpoint, name, settings)
    down.down(Settings(stack_name=name), clients, sure=True, unprotect=True)


@pytest.fixture
def somebody(clients: Clients) -> Iterator[Deployer]:
    """A user without any right, at a stack that is not there."""
    with deployer(clients) as one:
        yield one


@pytest.fixture(scope="module")
def beginner(clients: Clients) -> Iterator[Deployer]:
    """A user without any right, at a stack that never came up."""
    with deployer(clients) as one:
        yield one


@pytest.fixture(scope="module")
def standing(clients: Clients) -> Iterator[Deployer]:
    """A user without any right, at a stack that somebody else brought up."""
    with deployer(clients) as one:
        up.up(one.chosen, clients, wait=True, sure=True)
        yield one


def without(document: Mapping[str, Any], *less: str) -> dict[str, Any]:
    """The policy without some of its actions, wherever they are allowed."""
    assert set(less) <= actions(document)
    left = [
        statement | {"Action": [action for action in statement["Action"] if action not in less]}
        for statement in document["Statement"]
    ]
    return {**document, "Statement": [statement for statement in left if statement["Action"]]}


def refused(action: str) -> str:
    """What a refusal says; a pattern of actions is refused by one of them."""
    words = re.escape(action).replace(r"\*", r"\w*")
    return rf"not authorized to perform: {words}|AccessDenied|Forbidden"


def actions(document: Mapping[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def source() -> bytes:
    """The zip of a project whose pipeline delivers something; its task `stay` does not end by itself."""
    stay = "\n@task\ndef stay(c):\n    c.run('sleep 300')\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("tasks.py", TASKS.replace("    DIST.mkdir()", "    print('packing')\n    DIST.mkdir()") + stay)
        archive.writestr("requirements.txt", "")
        archive.writestr("app/environment.yml", TEMPLATE)
    return packed.getvalue()


def with_other_code(one: Deployer) -> None:
    """Update the stack to a bundle under another key."""
    values = dict(stack.demand(one.root, one.user).parameters)
    copied = {"Bucket": values["BundleBucket"], "Key": values["BundleKey"]}
    one.root.s3.copy_object(Bucket=values["BundleBucket"], Key="bundles/other.zip", CopySource=copied)  # type: ignore[arg-type]
    planned = plan.make(one.chosen, one.root)
    desired = replace(planned, values={**planned.values, "BundleKey": "bundles/other.zip"}).desired
    change_set.deploy(one.clients, desired)
    ended = operation.watch(one.clients, stack.demand(one.clients, one.user), Patience(timeout=60))
    operation.conclude(one.clients, ended)


def test_every_word_runs_with_exactly_that_policy_and_the_words_ask_for_all_of_it(somebody: Deployer) -> None:
    root, settings = somebody.root, somebody.settings
    settings["termination_protection"] = "true"
    document = somebody.policy()
    somebody.may(document)

    somebody.types("lint")
    somebody.types("diff")
    somebody.types("up", yes=True)
    root.s3.put_object(Bucket=bucket.name(somebody.chosen, root), Key=S3().key, Body=source())
    somebody.types("up", yes=True)
    somebody.types("wait")
    for word in ("status", "stacks", "outputs", "open"):
        somebody.types(word)
    somebody.types("run")
    somebody.types("watch")
    somebody.types("log", follow=True)
    somebody.types("log", failures=True)
    log = somebody.types("log", action="TestAndPackage")
    somebody.types("drift", fail=True)
    somebody.types("releases")
    release, *_ = releases.read(root, releases.bucket(somebody.chosen, root), "Prod")
    somebody.types("rollback", to=release.execution, yes=True)
    somebody.lacks("logs:FilterLogEvents", "log", action="TestAndPackage")
    somebody.lacks("cloudformation:DetectStackResourceDrift", "drift")
    somebody.lacks("lambda:GetAlias", "releases")
    somebody.lacks("lambda:InvokeFunction", "rollback", to=release.execution, yes=True)
    settings |= {"tags": "Team=shop", "memory": "1024", "package_task": "stay"}
    somebody.types("up", yes=True)
    with_other_code(somebody)
    somebody.types("recover")
    with pytest.raises(Misconfigured, match="The console creates nothing on the embedded AWS"):
        somebody.types("link")
    link.of(plan.make(somebody.chosen, somebody.clients), somebody.clients)
    settings["permissions_boundary"] = anything(root, somebody.user)
    bounded = somebody.policy()
    somebody.types("up", yes=True)
    settings["permissions_boundary"] = ""
    somebody.types("up", yes=True)
    somebody.types("run", wait=False)
    somebody.types("down", yes=True, unprotect=True)

    assert somebody.typed == pipeline.ns.tasks.keys()
    assert bounded == document
    assert "packing" in log
    assert "Skipped" not in somebody.said
    assert "Stopped" in somebody.said
    assert stack.find(root, somebody.user) is None
    asked = somebody.actions()
    assert {one for one in actions(document) if not any(fnmatchcase(action, one) for action in asked)} == set(UNASKED)


def anything(clients: Clients, name: str) -> str:
    """The ARN of a boundary that forbids nothing."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return clients.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]


@pytest.mark.parametrize(
    "action",
    [
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "codepipeline:CreatePipeline",
        "iam:CreateRole",
        "iam:PassRole",
        "lambda:Get*Config",
        "lambda:TagResource",
        "logs:PutRetentionPolicy",
        "s3:PutLifecycleConfiguration",
        "s3:TagResource",
    ],
)
def test_one_action_less_and_it_does_not_come_up(beginner: Deployer, action: str) -> None:
    beginner.lacks(action, "up", yes=True)


def test_one_action_less_and_what_happens_is_not_seen(somebody: Deployer) -> None:
    somebody.lacks("cloudformation:DescribeStackEvents", "up", yes=True)


def test_one_action_less_and_nothing_is_published(somebody: Deployer) -> None:
    somebody.lacks("s3:PutObject", "up", yes=True)


@pytest.mark.parametrize("action", ["codepipeline:UntagResource", "iam:UntagRole", "lambda:UntagResource"])
def test_one_action_less_and_a_tag_is_not_taken_away(standing: Deployer, action: str) -> None:
    less = replace(standing, settings=standing.settings | {"tags": "Team=shop"})

    less.lacks(action, "up", yes=True)


def test_one_action_less_and_a_boundary_is_neither_set_nor_taken_away(standing: Deployer) -> None:
    bounded = replace(
        standing, settings=standing.settings | {"permissions_boundary": anything(standing.root, standing.user)}
    )

    bounded.lacks("iam:PutRolePermissionsBoundary", "up", yes=True)
    up.up(bounded.chosen, standing.root, wait=True, sure=True)
    standing.lacks("iam:DeleteRolePermissionsBoundary", "up", yes=True)


def test_what_may_not_be_read_is_left_out_when_drift_is_looked_for(standing: Deployer) -> None:
    standing.may(without(standing.policy(), "s3:GetBucket*"))

    standing.types("drift")

    assert re.search(r"Skipped    part of \S+: Failed to detect drift on resources \[ArtifactBucket\]", standing.said)


def test_one_action_less_and_it_does_not_go_down(somebody: Deployer) -> None:
    document = somebody.policy()
    up.up(somebody.chosen, somebody.root, wait=True, sure=True)

    somebody.lacks("cloudformation:DeleteStack", "down", yes=True)
    less = ["lambda:DeleteFunction", "iam:DeleteRolePolicy", "s3:DeleteBucket"]
    while less:
        somebody.may(without(document, *less))
        with pytest.raises(Error, match=f"not authorized to perform: ({'|'.join(less)})"):
            somebody.types("down", yes=True)
        less.pop()
    somebody.may(document)
    somebody.types("down", yes=True)

    assert stack.find(somebody.root, somebody.user) is None


def test_cloudformation_acts_as_the_service_role(somebody: Deployer) -> None:
    clients = somebody.root
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = clients.iam.create_role(RoleName=somebody.user, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    everything = somebody.policy()
    somebody.settings["service_role"] = role
    somebody.may(somebody.policy())
    nobody = replace(somebody.chosen, service_role=f"{role}-nobody")

    with pytest.raises(ClientError, match="cannot be assumed"):
        up.up(nobody, clients, wait=True, sure=True)
    clients.iam.put_role_policy(
        RoleName=somebody.user,
        PolicyName="all",
        PolicyDocument=json.dumps(without(everything, "lambda:CreateFunction")),
    )
    with pytest.raises(
        Error, match=rf"assumed-role/{somebody.user}/\S+ is not authorized to perform: lambda:CreateFunction"
    ):
        somebody.types("up", yes=True)
    clients.iam.put_role_policy(RoleName=somebody.user, PolicyName="all", PolicyDocument=json.dumps(everything))
    somebody.types("up", yes=True)
    somebody.types("drift", fail=True)
    somebody.types("down", yes=True)

    assert "Skipped" not in somebody.said
    assert "lambda:CreateFunction" not in somebody.actions()
    assert stack.find(clients, somebody.user) is None
