"""The words before moto's server, as before an account: the client must not learn the habits of our own embedded AWS.

What moto lacks is asserted as it is, so that a test fails, and can be made to go further, when moto grows.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from tests.support import client, peer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.peer import Moto, Resident

NO_ACCOUNT_SETTINGS = (
    "Skipped    a look at the account that it did not answer: An error occurred (404) when calling the "
    "GetAccountSettings operation: a web page came as its answer, 404 Not Found"
)
"""moto has no limits of Lambda."""
NO_OUTPUTS = "AttributeError: 'Stack' object has no attribute 'get_cfn_attribute'"
"""moto makes nested stacks, and cannot read an output of one."""
REMADE = "small-Inner-"
"""moto makes a nested stack anew, with another name, when its deleted parent is looked at by its ID."""
NOTHING: dict[str, list[str]] = {"stacks": [], "buckets": []}
NESTED = ("Roles", "Actions", "Pipeline")
ROOT = dict.fromkeys(NESTED, "AWS::CloudFormation::Stack") | {
    "ArtifactBucket": "AWS::S3::Bucket",
    "ArtifactBucketPolicy": "AWS::S3::BucketPolicy",
}
SMALL = """
Parameters:
  Memory: {Type: String}
Resources:
  OrderQueue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
  SiteBucket: {Type: AWS::S3::Bucket}
"""
ADDED = """
  LateQueue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
"""


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    with peer.serve(tmp_path_factory.mktemp("moto")) as moto:
        yield moto


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is kept between commands: the bundle of the functions, and that the templates are well."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def settle(moto: Moto, tmp_path: Path, state: Path) -> Callable[[str], Resident]:
    """A project whose stack has a name of its own."""
    return lambda name: peer.settle(moto, tmp_path, state, name)


@pytest.fixture
def small(settle: Callable[[str], Resident], tmp_path: Path) -> Resident:
    """A project whose own templates have nothing that moto lacks: a queue and a bucket in a nested stack."""
    resident = settle("small")
    client.project(tmp_path)
    (tmp_path / "cfn" / "actions.yml.j2").write_text(SMALL)
    (tmp_path / "template.yaml").write_text(peer.TEMPLATE)
    return resident


def test_status_and_down_of_what_is_not_there(settle: Callable[[str], Resident]) -> None:
    resident = settle("absent")

    status, headline = resident.type("pipeline.status --output json")
    _, down = resident.type("pipeline.down --yes")

    assert json.loads(status) == {
        "target": "aws",
        "stack": {"name": "absent", "status": None, "outputs": {}},
        "environments": [{"name": "Live", "stack": "absent-live", "status": None}],
        "pipeline": {"name": None, "execution": None, "stages": []},
    }
    assert headline.strip() == f"aws  {peer.ACCOUNT}  {peer.REGION}  stack absent"
    assert f"Unchanged  nothing of absent is there (aws, account {peer.ACCOUNT}, {peer.REGION})" in down


def test_diff_shows_the_whole_stack_and_leaves_nothing(settle: Callable[[str], Resident]) -> None:
    resident = settle("fresh")

    shown, told = resident.type("pipeline.diff --fail --output json", ends=3)

    changes = {one["resource"]: (one["change"], one["type"]) for one in json.loads(shown)["changes"]}
    assert changes == {name: ("added", kind) for name, kind in ROOT.items()}
    assert NO_ACCOUNT_SETTINGS in told.splitlines()
    assert resident.moto.left() == NOTHING


def test_link_leads_to_templates_and_a_bundle_that_are_there(settle: Callable[[str], Resident]) -> None:
    resident = settle("linked")

    link, _ = resident.type("pipeline.link")

    words = dict(urllib.parse.parse_qsl(link.strip().rpartition("?")[2]))
    bucket, s3 = f"linked-{peer.ACCOUNT}-{peer.REGION}", resident.moto.client("s3")
    base = f"https://{bucket}.s3.{peer.REGION}.amazonaws.com/"
    root = s3.get_object(Bucket=bucket, Key=words["templateURL"].removeprefix(base))["Body"].read().decode()
    nested = re.findall(re.escape(base) + r"(templates/\w+/\w+\.yml)", root)
    assert len(nested) == len(NESTED)
    for key in (*nested, words["param_BundleKey"]):
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    assert (words["stackName"], words["param_BundleBucket"]) == ("linked", bucket)
    resident.type("pipeline.down --yes")
    assert resident.moto.left() == NOTHING


def test_policy_is_about_the_account_that_answers(settle: Callable[[str], Resident]) -> None:
    policy, _ = settle("careful").type("pipeline.policy")

    arns = [
        arn for statement in json.loads(policy)["Statement"] for arn in statement["Resource"] if arn.startswith("arn:")
    ]
    accounts = {arn.split(":")[4] for arn in arns}
    assert accounts == {"", peer.ACCOUNT}
    assert {arn.split(":")[3] for arn in arns} == {"", peer.REGION}


def test_up_of_the_whole_pipeline_ends_at_the_first_output_of_a_nested_stack(
    settle: Callable[[str], Resident],
) -> None:
    resident = settle("whole")

    _, told = resident.type("pipeline.up --yes", ends=1)

    published = re.findall(r"^Published  s3://\S+/(\w+\.yml|bundles)", told, re.MULTILINE)
    assert published == ["roles.yml", "actions.yml", "pipeline.yml", "root.yml", "bundles"]
    assert "a web page came as its answer, 500 Internal Server Error\n  Next: invoke pipeline.status" in told
    assert resident.moto.last_failure() == NO_OUTPUTS
    resident.type("pipeline.down --yes")
    assert resident.moto.left() == NOTHING


def test_a_stack_without_them_lives_its_whole_life(small: Resident, tmp_path: Path) -> None:
    assert "Created    stack small" in small.type("pipeline.up --yes")[1]
    status = json.loads(small.type("pipeline.status --output json")[0])
    assert status["stack"] == {"name": "small", "status": "CREATE_COMPLETE", "outputs": {}}
    assert "Unchanged  stack small" in small.type("pipeline.up --yes")[1]
    assert small.type("pipeline.diff --fail")[0] == "Nothing would change.\n"

    (tmp_path / "cfn" / "actions.yml.j2").write_text(SMALL + ADDED)

    [change] = json.loads(small.type("pipeline.diff --output json")[0])["changes"]
    assert (change["resource"], change["change"]) == ("Inner", "changed")
    assert "Updated    stack small" in small.type("pipeline.up --yes")[1]
    assert queues(small.moto) == ["LateQueue", "OrderQueue"]

    bucket, before = fill_site(small.moto), small.moto.left()
    told = small.type("pipeline.down --yes")[1]

    assert f"Emptied    bucket {bucket}, 2 objects" in told
    assert told.endswith("Proved     nothing is left\n")
    assert {
        kind: [name for name in names if name in before[kind]] for kind, names in small.moto.left().items()
    } == NOTHING
    assert [name.startswith(REMADE) for name in small.moto.left()["stacks"]] == [True]


def fill_site(moto: Moto) -> str:
    """Put two versions of a page into the site's bucket; answers its name. moto sets no versioning by a template."""
    [bucket] = [name for name in moto.left()["buckets"] if "sitebucket" in name]
    s3 = moto.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"old", b"new"):
        s3.put_object(Bucket=bucket, Key="index.html", Body=body)
    return bucket


def queues(moto: Moto) -> list[str]:
    """The logical IDs of all queues, which lie in a nested stack."""
    urls = moto.client("sqs").list_queues().get("QueueUrls", [])
    return sorted(url.split("-")[-2] for url in urls)
