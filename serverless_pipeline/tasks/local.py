"""The embedded AWS: AWS on this laptop, for this project."""

from __future__ import annotations

from invoke import Collection, Context, task

from serverless_pipeline.errors import Error
from serverless_pipeline.settings import Settings


@task
def up(c: Context) -> None:
    """Start the embedded AWS, unless it runs."""
    from serverless_pipeline import console, session

    with session.begin_local(c) as settings:
        console.data(session.start_server(settings).url)


@task
def down(c: Context) -> None:
    """Stop the embedded AWS; it forgets everything."""
    from serverless_pipeline import console, session
    from serverless_pipeline.local.client import server

    with session.begin_local(c):
        stopped = server.stop()
    console.say(*("Stopped", "the embedded AWS") if stopped else ("Unchanged", session.NOT_RUNNING))


@task(default=True)
def status(c: Context) -> None:
    """Show whether the embedded AWS runs, where, and what of Lambda holds on this laptop."""
    from serverless_pipeline import console, session
    from serverless_pipeline.local.client import functions as status_of_functions
    from serverless_pipeline.local.client import pipelines as status_of_pipelines
    from serverless_pipeline.local.client import server

    with session.begin_local(c):
        running = server.find()
        url = running.endpoint.url if running else ""
        others = [*status_of_functions.describe(url), *status_of_pipelines.describe(url)] if running else []
    if running is None:
        console.data(session.NOT_RUNNING)
    else:
        facts = {"url": running.endpoint.url, "process": str(running.pid), "started": running.started}
        console.data(console.table([*facts.items(), *others]))


@task
def env(c: Context) -> None:
    """Print the export lines that send the AWS CLI and any SDK to the embedded AWS."""
    from shlex import quote

    from serverless_pipeline import console, session

    with session.begin_local(c):
        endpoint = session.find_server()
    if endpoint is None:
        raise Error(session.NOT_RUNNING, hint="invoke local.up")
    for name, value in endpoint.environment().items():
        console.data(f"export {name}={quote(value)}")


ns = Collection("local", up, down, status, env)
ns.configure({"pipeline": Settings.defaults()})
