"""The story of the README, as a new user lives it: a fresh copy, a fresh virtual environment, the commands as shown.

The tests of this module are one story and run in order; each picks up what the one before left.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import ROOT, checkout, terminal
from tests.support.project import clean_environment
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTIFACTS = Path(os.environ.get("TEST_ARTIFACTS", ROOT / ".local" / "artifacts"))

STAGES = ["Source", "Commit", "Acceptance", "Production"]


@dataclass(frozen=True)
class Laptop:
    """A copy of this repository on a machine without AWS, and the commands typed there."""

    folder: Path
    environment: dict[str, str] = field(repr=False)

    def type(self, command: str, *, ends: int = 0) -> str:
        """Type a command; answers what it printed. The test fails if it ends otherwise than it should."""
        done = terminal.run(["bash", "-c", command], self.folder, self.environment)
        assert done.returncode == ends, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def invoke(self, words: str, *, ends: int = 0) -> str:
        return self.type(f". .venv/bin/activate && invoke {words}", ends=ends)

    def aws(self, words: str) -> Any:
        """What the ordinary AWS CLI says."""
        output = self.type(
            f'. .venv/bin/activate && eval "$(invoke local.env 2>/dev/null)" && aws --output json {words}'
        )
        return json.loads(output) if output.strip() else None

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.type(". .venv/bin/activate && invoke pipeline.status --output json 2>/dev/null")))

    def outputs(self) -> dict[str, str]:
        return dict(self.status()["stack"]["outputs"])


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    folder = tmp_path_factory.mktemp("laptop") / "checkout"
    copy_repository(folder)
    laptop = Laptop(folder, environment(folder.parent / "home"))
    try:
        yield laptop
    finally:
        if (folder / ".venv").is_dir():
            terminal.run([folder / ".venv/bin/invoke", "local.down"], folder, laptop.environment)


def copy_repository(folder: Path) -> None:
    checkout.copy(folder)
    git = ["git", "-c", "user.name=A. Tester", "-c", "user.email=tester@example.com", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "A fresh copy"], check=True)


def environment(home: Path) -> dict[str, str]:
    """A user who never heard of AWS: no credentials, no region, a home of their own."""
    home.mkdir()
    (home / "tmp").mkdir()
    own = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "INVOKE_PIPELINE_PORT": "0", "NO_COLOR": "1"}
    return clean_environment("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE") | own


def shown(name: str) -> str:
    """What the README shows in the block of a name."""
    block = re.search(rf"<!-- {name} -->\n```[a-z]*\n(.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block, f"README.md shows no block marked {name}"
    return block[1]


ACCIDENTS = re.compile(
    r"""
    \d\d:\d\d:\d\d
    | [\d.]+[ ]s\b
    | :\d{4,5}/
    | -sitebucket-[0-9a-f]+
    | \b[0-9a-f]{8}-[0-9a-f-]{27}\b
    | \b[0-9a-f]{40}\b
    | \b[0-9a-f]{8}\b
    """,
    re.VERBOSE,
)


def lines_without_accidents(text: str) -> set[str]:
    """The lines of an output, without what differs from run to run: times, ports, names that AWS makes up."""
    return {ACCIDENTS.sub("*", line).strip() for line in text.splitlines()}


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        content: bytes = response.read()
    return content


def test_the_first_command_of_the_readme_takes_a_commit_to_production(laptop: Laptop) -> None:
    output = laptop.type(shown("up"))

    assert lines_without_accidents(shown("output")) <= lines_without_accidents(output)
    for url in (laptop.outputs()["TestSiteUrl"], laptop.outputs()["ProdSiteUrl"]):
        assert url in output


def test_status_shows_four_green_stages(laptop: Laptop) -> None:
    status = laptop.status()

    assert [(stage["name"], stage["status"]) for stage in status["pipeline"]["stages"]] == [
        (name, "Succeeded") for name in STAGES
    ]
    assert status["pipeline"]["execution"]["status"] == "Succeeded"
    assert status["pipeline"]["execution"]["trigger"] == "CreatePipeline"
    assert status["target"] == "local"


def test_the_outputs_are_those_of_the_contract(laptop: Laptop) -> None:
    expected = {
        "TestSiteUrl",
        "ProdSiteUrl",
        "TestApiUrl",
        "ProdApiUrl",
        "PipelineName",
        "PipelineUrl",
        "ArtifactBucketName",
    }

    assert set(laptop.outputs()) == expected


@pytest.mark.parametrize("environment", ["Test", "Prod"])
def test_the_application_answers_in_each_environment(laptop: Laptop, environment: str) -> None:
    outputs = laptop.outputs()
    site, api = outputs[f"{environment}SiteUrl"], outputs[f"{environment}ApiUrl"]
    commit = laptop.type("git rev-parse HEAD").strip()

    page = fetch(site)
    config = json.loads(fetch(f"{site}config.json"))
    colours = json.loads(fetch(f"{api}data"))

    assert page == (laptop.folder / "app" / "site" / "index.html").read_bytes()
    assert config == {"apiBaseurl": api, "version": commit}
    assert [colour["value"] for colour in colours if colour["value"] < 10] == []
    assert fetch(f"{api}/data?nocache=1") == fetch(f"{api}data?nocache=2")


def test_the_pipelines_own_page_answers(laptop: Laptop) -> None:
    page = fetch(laptop.outputs()["PipelineUrl"]).decode()

    assert all(stage in page for stage in STAGES)


def test_the_ordinary_aws_cli_is_a_client(laptop: Laptop) -> None:
    state = laptop.aws("codepipeline get-pipeline-state --name dromedary")
    actions = laptop.aws("codepipeline list-action-executions --pipeline-name dromedary")
    events = laptop.aws("cloudformation describe-stack-events --stack-name dromedary")
    everything = laptop.type(f". .venv/bin/activate && set -e && {shown('cli')}")

    assert [stage["latestExecution"]["status"] for stage in state["stageStates"]] == ["Succeeded"] * len(STAGES)
    assert len(actions["actionExecutionDetails"]) == 13
    assert {detail["status"] for detail in actions["actionExecutionDetails"]} == {"Succeeded"}
    assert events["StackEvents"][0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert laptop.outputs()["ArtifactBucketName"] in everything


def test_a_stranger_is_refused(laptop: Laptop) -> None:
    url = laptop.aws("s3api list-buckets") and laptop.outputs()["PipelineUrl"].split("/_pipeline")[0]

    for key in ("test", "000000000000"):
        with pytest.raises(AssertionError, match=r"Unrecognized|Invalid|denied|Forbidden|403"):
            laptop.type(
                f". .venv/bin/activate && AWS_ENDPOINT_URL={url} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID={key} "
                "AWS_SECRET_ACCESS_KEY=test aws s3 ls"
            )


def test_a_second_up_changes_nothing(laptop: Laptop) -> None:
    before = laptop.status()["pipeline"]["execution"]["id"]

    output = laptop.invoke("pipeline.up")

    assert "Unchanged" in output
    assert laptop.status()["pipeline"]["execution"]["id"] == before


def test_an_edit_of_the_page_is_delivered_to_production(laptop: Laptop) -> None:
    page = laptop.folder / "app" / "site" / "index.html"
    page.write_text(page.read_text().replace("</body>", "<!-- edited --></body>"))

    laptop.invoke("pipeline.run")

    site = laptop.outputs()["ProdSiteUrl"]
    assert fetch(site) == page.read_bytes()
    assert re.fullmatch(r"\d{8}-\d{6}", json.loads(fetch(f"{site}config.json"))["version"])


def test_a_person_votes_in_a_browser_and_sees_the_count_change(laptop: Laptop) -> None:
    from tests.support.browser import open_browser, vote_and_watch

    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        before, after = vote_and_watch(browser, laptop.outputs()["TestSiteUrl"], ARTIFACTS / "test-site.png")

    assert after == before + 1
    assert (ARTIFACTS / "test-site.png").stat().st_size > 0


def test_a_task_that_fails_fails_the_run_in_its_own_words(laptop: Laptop) -> None:
    broken = laptop.folder / "tests" / "unit" / "app" / "test_broken.py"
    broken.write_text("def test_the_sky_is_green():\n    assert 'blue' == 'green'\n")

    output = laptop.invoke("pipeline.run", ends=1)

    broken.unlink()
    assert "TestAndPackage" in output
    assert "package" in output
    assert "exit code" in output
    assert "test_the_sky_is_green" in output
    assert "Next: " in output
    assert laptop.status()["pipeline"]["execution"]["status"] == "Failed"


def test_what_went_up_comes_down_and_nothing_is_left(laptop: Laptop) -> None:
    laptop.invoke("pipeline.down --yes")

    assert laptop.aws("cloudformation describe-stacks")["Stacks"] == []
    assert laptop.aws("s3api list-buckets")["Buckets"] == []
    assert laptop.aws("lambda list-functions")["Functions"] == []
    assert laptop.aws("dynamodb list-tables")["TableNames"] == []
    assert laptop.aws("iam list-roles")["Roles"] == []
    assert laptop.aws("logs describe-log-groups")["logGroups"] == []
    assert laptop.aws("apigateway get-rest-apis")["items"] == []
    assert laptop.aws("codepipeline list-pipelines")["pipelines"] == []


def test_the_embedded_aws_leaves_no_process_and_no_file(laptop: Laptop) -> None:
    state = json.loads((laptop.folder / ".local" / "aws.json").read_text())

    laptop.invoke("local.down")

    with pytest.raises((urllib.error.URLError, ConnectionError)):
        fetch(state["url"])
    assert processes_of(laptop.folder) == []
    assert list((laptop.folder.parent / "home" / "tmp").iterdir()) == []
    status = laptop.type("git status --porcelain --ignored").split("\n")
    assert {line[3:] for line in status if line.startswith("!!") and "__pycache__" not in line} <= {
        ".local/", ".venv/", ".pytest_cache/", ".ruff_cache/"
    }  # fmt: skip


def processes_of(folder: Path) -> list[str]:
    """The processes that work in the folder, as far as this machine tells."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where, words = (process / "cwd").readlink(), (process / "cmdline").read_bytes()
        except OSError:
            continue
        if where.is_relative_to(folder) or str(folder).encode() in words:
            commands.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return commands
