"""The embedded AWS: AWS on this laptop, for this project."""

from __future__ import annotations

from invoke import Collection, Context, task

from serverless_pipeline.errors import Error
from serverless_pipeline.settings import Settings


@task
def up(c: Context) -> None:
    """Start the embedded AWS, unless it runs."""
    from serverless_pipeline import console, session

    with session.opened(c, start=True, target="local") as here:
        endpoint = here.clients.endpoint
        console.data(endpoint.url if endpoint else "")


@task
def down(c: Context) -> None:
    """Stop the embedded AWS; it forgets everything."""
    from serverless_pipeline import console, session
    from serverless_pipeline.local.client import server

    session.announce(session.settings(c, target="local"))
    stopped = server.stop()
    console.say("Stopped" if stopped else "Unchanged", "the embedded AWS" if stopped else session.NOT_RUNNING)


@task(default=True)
def status(c: Context) -> None:
    """Show whether the embedded AWS runs, and where."""
    from serverless_pipeline import console, session
    from serverless_pipeline.local.client import server

    session.announce(session.settings(c, target="local"))
    found = server.find()
    if found is None:
        console.data("The embedded AWS does not run.")
        return
    facts = {"url": found.endpoint.url, "process": str(found.pid), "started": found.started}
    console.data(console.table(facts.items()))


@task
def env(c: Context) -> None:
    """Print the export lines that send the AWS CLI and any SDK to the embedded AWS."""
    from shlex import quote

    from serverless_pipeline import console, session
    from serverless_pipeline.local.client import server

    session.announce(session.settings(c, target="local"))
    found = server.find()
    if found is None:
        raise Error(session.NOT_RUNNING, hint="invoke local.up")
    for name, value in found.endpoint.environment().items():
        console.data(f"export {name}={quote(value)}")


ns = Collection("local", up, down, status, env)
ns.configure({"pipeline": Settings.defaults()})
