"""Tasks run as on a developer's machine: what they require is a virtual environment, secrets are theirs alone.

The tests look at one run of the pipeline.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.support.libraries import library
from tests.support.project import PACKAGE, TASKS, Project, make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN, COLOUR = "hunter2-hunter2", "a colour that nobody knows"
LOOKS = """\
    import base64, shutil, sys, uuid, sdk, plain
    print("uuid is", uuid.__file__)
    print("sdk is", sdk.WORD, sdk.__file__.startswith(os.getcwd()), plain.WORD)
    programs = [bool(shutil.which(name)) for name in ("uv", "invoke", "greet")]
    print("in", sys.prefix == os.environ["VIRTUAL_ENV"], programs)
    c.run("greet")
    print("stage", os.environ["STAGE"], "token", os.environ["NPM"], "colour", os.environ["COLOUR"])
    print("encoded", base64.b64encode(os.environ["NPM"].encode()).decode())
"""
SCRIPTS = '"uuid-1.dist-info/entry_points.txt": "[console_scripts]\\ngreet = plain:greet\\n",'
UUID = library("uuid")
FILES = {
    **library("sdk"),
    **library("plain"),
    **UUID,
    "libs/uuid/pyproject.toml": UUID["libs/uuid/pyproject.toml"] + '[project.scripts]\ngreet = "plain:greet"\n',
    "libs/uuid/backend.py": UUID["libs/uuid/backend.py"].replace("FILES = {", f"FILES = {{{SCRIPTS}"),
    "libs/uuid/src/uuid.py": "raise SystemExit('the package of that name')\n",
    "requirements.txt": "--no-index\n-e ./libs/sdk\n./libs/plain\n./libs/uuid\n",
}
SECRETS = {
    "PACKAGE_ENV": "STAGE=test",
    "PACKAGE_SECRETS": "NPM=secretsmanager:small/npm:token,COLOUR=ssm:/small/colour",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The log of the package task of a project that requires libraries of its own source."""
    project = make(tmp_path_factory.mktemp("tasks"), TASKS.replace(PACKAGE, PACKAGE + LOOKS))
    for name, text in FILES.items():
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).write_text(text)
    plain = project.folder / "libs" / "plain" / "src" / "plain.py"
    plain.write_text(plain.read_text() + "def greet(): print('greetings')\n")
    try:
        project.invoke("local.up")
        keep_secrets(project)
        project.environment.update({f"INVOKE_PIPELINE_{name}": value for name, value in SECRETS.items()})
        project.invoke("pipeline.up pipeline.watch")
        yield project.invoke("pipeline.log --action TestAndPackage")
    finally:
        project.type("local.down")


def keep_secrets(project: Project) -> None:
    variables = dict(re.findall(r"export (\w+)=(\S+)", project.invoke("local.env")))
    session = boto3.Session(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
    url = variables["AWS_ENDPOINT_URL"]
    secrets = session.client("secretsmanager", endpoint_url=url)
    secrets.create_secret(Name="small/npm", SecretString=f'{{"token": "{TOKEN}"}}')
    session.client("ssm", endpoint_url=url).put_parameter(Name="/small/colour", Value=COLOUR, Type="SecureString")


def test_a_package_hides_no_module_of_the_standard_library(log: str) -> None:
    (place,) = re.findall(r"uuid is (\S+)", log)

    assert "site-packages" not in place


def test_an_editable_library_lies_in_the_source_of_the_action(log: str) -> None:
    assert "sdk is from sdk True from plain" in log


def test_a_task_runs_in_a_virtual_environment_with_its_scripts(log: str) -> None:
    assert "in True [True, True, True]" in log
    assert "greetings" in log


def test_secrets_are_there_and_shown_to_nobody(log: str) -> None:
    assert "stage test token *** colour ***" in log
    assert "encoded ***" in log
    assert not {TOKEN, COLOUR, base64.b64encode(TOKEN.encode()).decode()} & set(log.split())


def test_one_project_of_several_in_a_repository_is_delivered(tmp_path: Path) -> None:
    (tmp_path / "services" / "api").mkdir(parents=True)
    project = make(tmp_path / "services" / "api", TASKS.replace(PACKAGE, f"{PACKAGE}    import sdk; print(sdk.WORD)\n"))
    (project.folder / ".git").rename(tmp_path / ".git")
    (project.folder / "requirements.txt").write_text("--no-index\n-e ../../libs/sdk\n")
    for name, text in library("sdk").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    project.environment["INVOKE_PIPELINE_FOLDER"] = "services/api"
    try:
        project.invoke("pipeline.up pipeline.watch")
        log = project.invoke("pipeline.log --action TestAndPackage")
    finally:
        project.type("local.down")

    assert "from sdk" in log
