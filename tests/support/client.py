"""A client in a process of its own that runs `up` or `down` on a small project, and can be killed at any call."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import sys
import traceback
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from serverless_pipeline import aws
from serverless_pipeline.commands import down, up
from serverless_pipeline.errors import Error
from serverless_pipeline.project import bundle, lint
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.session import explain_failures

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from serverless_pipeline.aws import Clients, Endpoint
    from serverless_pipeline.settings import Settings

ROOT = """
Parameters:
{% for name in ["SourceBucket", "SourceKey", "Requirements", "PackageTask", "Template", "Shape", "TestTask", "Runtime",
                "Architecture", "BundleBucket", "BundleKey", "Memory", "Endpoint"] %}
  {{ name }}: {Type: String}
{% endfor %}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: {{ urls.actions | quoted }}
      Parameters: {Memory: !Ref Memory}
"""
INNER = """
Parameters:
  Memory: {Type: String}
Resources:
  Note: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref Memory}}
  SiteBucket: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}
"""
EMPTY = "Resources: {Handle: {Type: AWS::CloudFormation::WaitConditionHandle}}"


@dataclass(frozen=True)
class Command:
    """What a client is to do: `up` or `down`, where, and in which folder."""

    word: str
    settings: Settings
    endpoint: Endpoint
    folder: Path

    def run(self) -> int:
        """Do it in this process; answers the exit code, and tells an error as a task would."""
        clients = aws.connect(self.settings, self.endpoint)
        with contextlib.chdir(self.folder):
            try:
                with explain_failures():
                    self._act(clients)
            except Error as error:
                sys.stderr.write(f"{error}\n")
                return error.exit_code
        return 0

    def _act(self, clients: Clients) -> None:
        if self.word == "down":
            down.down(self.settings, clients, sure=True)
            return
        small = Bundle(self.folder / "bundle.zip", "small")
        # Whether the templates are well is another matter, and takes seconds.
        with patch.object(bundle, "build", return_value=small), patch.object(lint, "findings", return_value=[]):
            up.up(self.settings, clients, wait=True, sure=True)


def project(folder: Path) -> Path:
    """A folder with templates that are quickly deployed, and a bundle with nothing in it."""
    cfn = folder / "cfn"
    cfn.mkdir()
    (cfn / "root.yml.j2").write_text(ROOT)
    (cfn / "actions.yml.j2").write_text(INNER)
    for name in ("roles", "pipeline"):
        (cfn / f"{name}.yml.j2").write_text(EMPTY)
    (folder / "template.yaml").write_text(EMPTY)
    (folder / ".cfnlintrc").write_text("ignore_checks: [W, I]\n")
    with zipfile.ZipFile(folder / "bundle.zip", "w") as archive:
        archive.writestr("empty.py", "")
    return folder


def start(command: Command, output: Path | None = None) -> ForkServerProcess:
    """Run a command in a process of its own; what it says goes into a file."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.client", "boto3", "serverless_pipeline.project.templates"])
    process = context.Process(target=_main, args=(command, output))
    process.start()
    return process


def _main(command: Command, output: Path | None) -> None:
    words = io.StringIO()
    with contextlib.redirect_stderr(words), contextlib.redirect_stdout(words):
        try:
            code = command.run()
        except BaseException:  # noqa: BLE001 - a traceback is what the tests look for
            words.write(traceback.format_exc())
            code = 99
    if output:
        output.write_text(words.getvalue())
    os._exit(code)
