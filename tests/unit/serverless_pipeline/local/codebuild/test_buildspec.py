from __future__ import annotations

import pytest

from serverless_pipeline.local.codebuild import buildspec
from serverless_pipeline.local.codebuild.buildspec import Artifact, Buildspec, Phase
from tests.support.frozen import changeable

WHOLE = """
version: 0.2
env:
  shell: bash
  variables: {A: 1, B: true}
  parameter-store: {P: /p}
  secrets-manager: {S: 's:k'}
  exported-variables: [A]
  git-credential-helper: yes
phases:
  install: {runtime-versions: {python: 3.12}, commands: make tools}
  build: {on-failure: CONTINUE, run-as: me, commands: [make, 'echo a: b'], finally: [clean]}
artifacts:
  files: ['**/*']
  base-directory: dist
  name: site-$A
  discard-paths: yes
  exclude-paths: ['*.map']
  secondary-artifacts: {Other: {files: x}}
cache: {paths: [a]}
reports: {r: {files: x}}
"""


def test_a_buildspec_is_read_whole() -> None:
    spec = buildspec.read(WHOLE)

    assert spec == Buildspec(  # noqa: S604 - the shell of a build
        phases=(
            Phase("install", ("make tools",)),
            Phase("pre_build"),
            Phase("build", ("make", "echo a: b"), ("clean",), "CONTINUE"),
            Phase("post_build"),
        ),
        shell="bash",
        variables={"A": "1", "B": "true"},
        parameters={"P": "/p"},
        secrets={"S": "s:k"},
        exported=("A",),
        artifacts=(Artifact("", ("**/*",), "dist", "site-$A", ("*.map",), is_flat=True), Artifact("Other", ("x",))),
        runtimes={"python": "3.12"},
        notes=(
            "reports has no effect: the embedded AWS has no report groups; the files stay in the build",
            "cache has no effect: each build begins without one",
            "run-as has no effect: all commands run as the one user of the build",
            "git-credential-helper has no effect: git gets no credentials here",
        ),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "the buildspec is no YAML"),
        ("- a", "the buildspec is no mapping"),
        ("version: 0.1\nphases: {build: {commands: [a]}}", "version 0.1 of the buildspec is not imitated here"),
        ("version: 0.2", "phases has no commands"),
        ("version: 0.2\nproxy: {}\nphases: {build: {commands: [a]}}", "proxy of the buildspec is not imitated here"),
        ("version: 0.2\nphases: {build: {commands: [a, echo b: c]}}", r"Expected Commands\[1\] to be of string type"),
        ("version: 0.2\nphases: {build: make}", "phase build is a mapping with commands"),
        ("version: 0.2\nenv: {shell: powershell.exe}\nphases: {build: {commands: [a]}}", "the shell powershell.exe"),
        ("version: 0.2\nphases: {build: {commands: [a], user: me}}", "user of phase build"),
        ("version: 0.2\nphases: {build: {commands: [a], on-failure: RETRY}}", "on-failure RETRY of phase build"),
        ("version: 0.2\nphases: {biuld: {commands: [a]}, build: {commands: [a]}}", "biuld of phases"),
        ("version: 0.2\nphases: {build: {commands: [a]}}\nartifacts: {s3-prefix: x}", "s3-prefix of artifacts"),
    ],
)
def test_what_is_wrong_or_not_imitated_is_named(text: str, said: str) -> None:
    with pytest.raises(buildspec.Unusable, match=said):
        buildspec.read(text)


def test_all_mistakes_are_told_together() -> None:
    with pytest.raises(buildspec.Unusable, match=r"version \(none\).*; phases has no commands"):
        buildspec.read("env: {}")


def test_a_buildspec_does_not_change() -> None:
    assert changeable(Buildspec(), Phase("build"), Artifact("", ())) == []
