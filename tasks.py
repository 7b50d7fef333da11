"""This project's tasks: those of its application, which the pipeline calls by name, and the pipeline itself."""

import json
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from shlex import quote

from invoke import Collection, Context, task

from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.settings import Settings
from serverless_pipeline.tasks import local, pipeline

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
OPENAPI = ROOT / "app" / "openapi.yml"
CHECKED = "app tests/unit/app tasks.py"
CHECKS = ("ruff format --check .", "ruff check .", "mypy", "pytest -q -n auto")


@task
def lint(c: Context) -> None:
    """Check the application: ruff, its format, and the OpenAPI document."""
    _python(c, f"ruff check {CHECKED}")
    _python(c, f"ruff format --check {CHECKED}")
    _python(c, "openapi_spec_validator --errors all app/openapi.yml")


@task
def test(c: Context) -> None:
    """Run the application's unit tests."""
    _python(c, "pytest tests/unit/app -q -p no:cacheprovider")


@task
def check(c: Context) -> None:
    """Check everything before a commit: format, lint, types and unit tests, of the pipeline and the application."""
    for arguments in CHECKS:
        _python(c, arguments)


@task(pre=[lint, test])
def package(_c: Context) -> None:
    """Lint and test, then build dist/site.zip, dist/lambda.zip and dist/openapi.json; same sources, same bytes."""
    import yaml

    from serverless_pipeline.archive import pack

    pack(ROOT / "app" / "site", DIST / "site.zip")
    pack(ROOT / "app" / "api", DIST / "lambda.zip")
    document = yaml.safe_load(OPENAPI.read_text())
    (DIST / "openapi.json").write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    for name in ("site.zip", "lambda.zip", "openapi.json"):
        _say("Packed", f"dist/{name}")


@task(
    name="test-functional",
    auto_shortflags=False,
    help={"target-url": "Address of the site under test (default: TARGET_URL)."},
)
def functional(c: Context, target_url: str = "") -> None:
    """Test a deployed site and its API from outside."""
    url = target_url or os.environ.get("TARGET_URL", "")
    if not url:
        raise Misconfigured(
            "TARGET_URL is not set, so there is no site to test.",
            hint="TARGET_URL=<TestSiteUrl of `invoke pipeline.status`> invoke test-functional",
        )
    _python(c, "pytest app/functional -q -p no:cacheprovider", TARGET_URL=url)


@task(auto_shortflags=False, help={"port": "Port of this machine to serve on (default: 8000; 0 is any free one)."})
def serve(c: Context, port: int = 8000) -> None:
    """Serve the whole application on one local port, its table in the embedded AWS, until Ctrl-C."""
    from serverless_pipeline.local.client import server

    settings = Settings.from_config(c.config.pipeline, target="local", source="working-tree")
    environment = server.ensure(settings, say=_say).environment()
    try:
        import_module("app.serve").serve(port, "dromedary-serve", environment)
    except OSError as error:
        raise Error(f"Port {port} cannot be used: {error}", hint=f"invoke serve --port {port + 1}") from error


@task
def clean(_c: Context) -> None:
    """Remove what `package` built."""
    shutil.rmtree(DIST, ignore_errors=True)
    _say("Removed", "dist/")


def _python(c: Context, arguments: str, **environment: str) -> None:
    """Run a module with the interpreter of this process, so that it finds what this process finds."""
    with c.cd(str(ROOT)):
        c.run(f"{quote(sys.executable)} -m {arguments}", env=environment, in_stream=False)


def _say(done: str, what: str) -> None:
    print(f"{done:<10} {what}")  # noqa: T201 - a task's own words


ns = Collection(lint, test, check, package, functional, serve, clean, pipeline, local)
ns.configure({"pipeline": Settings.defaults()})
