"""The examples, each alone in a scratch folder, as a user tries one; and what is left on an AWS."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from serverless_pipeline import aws
from serverless_pipeline.local.client import server
from serverless_pipeline.settings import Settings
from tests.support import ROOT
from tests.support.embedded import asked_for
from tests.support.project import Project, clean_environment
from tests.support.waiting import PAUSE

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients

EXAMPLES = ROOT / "examples"
_TRIED = (".local", "dist", "__pycache__")
"""What trying an example in its place may have left there."""
_KINDS = {
    "stack": ("cloudformation", "describe_stacks", "Stacks[].StackName"),
    "bucket": ("s3", "list_buckets", "Buckets[].Name"),
    "function": ("lambda", "list_functions", "Functions[].FunctionName"),
    "event source": ("lambda", "list_event_source_mappings", "EventSourceMappings[].UUID"),
    "REST API": ("apigateway", "get_rest_apis", "items[].name"),
    "HTTP API": ("apigatewayv2", "get_apis", "Items[].Name"),
    "queue": ("sqs", "list_queues", "QueueUrls[]"),
    "table": ("dynamodb", "list_tables", "TableNames[]"),
    "role": ("iam", "list_roles", "Roles[].RoleName"),
    "log group": ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    "pipeline": ("codepipeline", "list_pipelines", "pipelines[].name"),
}
"""Service, operation, and where its answer has the names."""


def copy(name: str, folder: Path, bundles: Path) -> Project:
    """The example `sam-hello`, or one of several in a repository, `monorepo/services/cart`.

    The bundle of the functions is the same for all, so those that were packed lie in `bundles`. Its embedded AWS is to
    be ended with `local.down`.
    """
    repository, _, service = name.partition("/")
    shutil.copytree(EXAMPLES / repository, folder, ignore=shutil.ignore_patterns(*_TRIED))
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    state = folder / service / ".local"
    state.mkdir()
    (state / "bundles").symlink_to(bundles)
    own = {"INVOKE_PIPELINE_PORT": "0", "PYTHONPATH": str(ROOT)}
    return Project(folder / service, clean_environment() | own, (sys.executable, "-m", "invoke"))


def clients_of(project: Project) -> Clients:
    """Clients of the embedded AWS of a project, which runs."""
    running = server.find(project.folder)
    assert running
    return aws.connect(Settings(), running.endpoint)


def left_at_last(clients: Clients) -> list[str]:
    """What there is, without what S3 still lists of what was deleted: that goes by itself, so it is given some time."""
    deadline = time.monotonic() + 10 * asked_for()
    while (seen := left(clients)) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return seen


def left(clients: Clients) -> list[str]:
    """What there is on an AWS, each by its kind and name."""
    return [
        f"{kind} {name}"
        for kind, (service, operation, names) in _KINDS.items()
        for name in clients.client(service).get_paginator(operation).paginate().search(names)
        if name
    ]
