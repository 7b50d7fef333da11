"""The pipeline: bring it up, release through it, see how it stands, take it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke import Collection

from serverless_pipeline.settings import Settings
from serverless_pipeline.tasks.words import word

if TYPE_CHECKING:
    from serverless_pipeline.session import Session

_WAIT = {"wait": "Wait for the end (default); --no-wait returns at once, and the operation goes on."}
_VERBOSE = {"verbose": "Show every event, not only the interesting ones."}
_OUTPUT = {"output": "text, json or yaml (default: text)."}
_TIMEOUT = {"timeout": "Seconds to wait before giving up with exit code 4 (default: no limit)."}


@word(start=True, options=_WAIT | _VERBOSE | {"yes": "Do not ask before data is lost."})
def up(here: Session, *, wait: bool = True, yes: bool = False, verbose: bool = False) -> None:
    """Create or update the stack through a change set; asks before data is lost, waits with live events."""
    from serverless_pipeline.commands import up

    up.up(here.settings, here.clients, wait=wait, sure=yes, verbose=verbose)


@word(
    start=True,
    options={
        "fail": "Exit with 3 if something would change.",
        "environment": "Of this environment, by the working tree as it is (default: the pipeline's own stack).",
        **_OUTPUT,
    },
)
def diff(here: Session, *, fail: bool = False, environment: str = "", output: str = "text") -> None:
    """Show what `up` would change, or this working tree in an environment, and what would lose data."""
    from serverless_pipeline import console
    from serverless_pipeline.commands import diff

    with console.busy("Asking CloudFormation what would change"):
        difference = diff.look(here.settings, here.clients, environment)
    diff.show(difference, output, fail=fail)


@word(options=_TIMEOUT | _VERBOSE)
def wait(here: Session, *, timeout: str = "", verbose: bool = False) -> None:
    """Attach to the stack's operation in progress; exit 0 only if it ended well."""
    from serverless_pipeline.commands import wait
    from serverless_pipeline.patience import Patience, attached, seconds

    patience = Patience.towards(here.clients, timeout=seconds(timeout), again=wait.AGAIN)
    with attached("the stack's operation goes on.", wait.AGAIN):
        wait.show(wait.wait(here.settings, here.clients, patience, verbose=verbose))


@word(default=True, options=_OUTPUT)
def status(here: Session, *, output: str = "text") -> None:
    """Show the stack, its outputs, and the stages and actions of the latest execution."""
    from serverless_pipeline import console, session
    from serverless_pipeline.commands import status

    if here.connection is None:
        console.say("Missing", f"{session.NOT_RUNNING}  Next: invoke pipeline.up", style="yellow")
    status.show(status.describe(here.settings, here.connection), output)


@word(
    options={
        "follow": "Go on until the operation (or the action) ends.",
        "action": "Show this action's log.",
        "failures": "Show why the last operation failed: the first cause, then what failed with it.",
        "environment": "Of this environment's stack (default: the pipeline's own).",
    }
)
def log(
    here: Session, *, follow: bool = False, action: str = "", failures: bool = False, environment: str = ""
) -> None:
    """Show a stack's events, nested stacks included, oldest first; with --action the log of an action."""
    from serverless_pipeline.commands import log
    from serverless_pipeline.patience import Patience, attached

    patience = Patience.towards(here.clients)
    option = f" --environment {environment}" if environment else ""
    with attached("what is logged goes on.", f"invoke pipeline.log --follow{option}"):
        if failures:
            lines = log.explain(log.failure(here.settings, here.clients, environment))
        elif action:
            lines = log.action_lines(here.settings, here.clients, patience, action, follow=follow)
        else:
            lines = log.stack_events(here.settings, here.clients, patience, environment, follow=follow)
        log.show(lines)


@word(options=_WAIT | _TIMEOUT)
def run(here: Session, *, wait: bool = True, timeout: str = "") -> None:
    """Release the current source and watch it to the end; exit 0 only if it Succeeded."""
    from serverless_pipeline.commands import run, watch
    from serverless_pipeline.patience import Patience, attached, seconds

    patience = Patience.towards(here.clients, timeout=seconds(timeout), again=watch.AGAIN)
    with attached("the execution goes on if it was started.", watch.AGAIN):
        started = run.start(here.settings, here.clients)
        run.show(started)
        if wait:
            outcome = watch.follow(here.settings, here.clients, started.declaration, started.execution_id, patience)
            watch.show(outcome)


@word(options=_TIMEOUT)
def watch(here: Session, *, timeout: str = "") -> None:
    """Attach to the execution in progress, or show the latest; exit 0 only if it Succeeded."""
    from serverless_pipeline.commands import watch
    from serverless_pipeline.patience import Patience, attached, seconds

    patience = Patience.towards(here.clients, timeout=seconds(timeout), again=watch.AGAIN)
    with attached("the execution goes on.", watch.AGAIN):
        watch.show(watch.watch(here.settings, here.clients, patience))


@word(options={"environment": "Of this environment only (default: all).", **_OUTPUT})
def releases(here: Session, *, environment: str = "", output: str = "text") -> None:
    """List the releases on record by environment, newest first, with version, commit and time."""
    from serverless_pipeline.commands import releases

    releases.show(releases.describe(here.settings, here.clients, environment), output)


@word(
    options={
        "to": "Execution whose release it shall be (default: the one before the current one).",
        "environment": "Environment to bring back (default: the last one, production).",
        "yes": "Do not ask.",
    }
)
def rollback(here: Session, *, to: str = "", environment: str = "", yes: bool = False) -> None:
    """Bring an environment back to a release on record: its functions, APIs and sites."""
    from serverless_pipeline.commands import rollback
    from serverless_pipeline.patience import attached

    with attached("a rollback that was begun goes on.", "invoke pipeline.releases"):
        choice = rollback.choose(here.settings, here.clients, environment, to)
        rollback.confirm(here.settings, here.clients, choice, sure=yes)
        rollback.show(choice, rollback.roll_back(here.settings, here.clients, choice))


@word(
    options={
        "skip": "Resources to leave as they are, such as Table, separated by commas.",
        "environment": "Of this environment's stack (default: the pipeline's own).",
        "yes": "Do not ask before something is skipped.",
    }
)
def recover(here: Session, *, skip: str = "", environment: str = "", yes: bool = False) -> None:
    """Continue a rollback that failed (UPDATE_ROLLBACK_FAILED), leaving out what is named."""
    from serverless_pipeline.commands import recover as recovery

    recovery.recover(here.settings, here.clients, environment, skip, sure=yes)


@word()
def stacks(here: Session) -> None:
    """List the stacks that belong to the pipeline: the root, the environments, and those nested in them."""
    from serverless_pipeline.commands import stacks

    stacks.show(stacks.find(here.settings, here.clients))


@word()
def lint(here: Session) -> None:
    """Render the templates and lint them; shows findings with the rendered line."""
    from serverless_pipeline.commands import lint

    lint.show(lint.check(here.settings))


@word(options={"name": "Of this output only, and nothing but its value.", **_OUTPUT})
def outputs(here: Session, *, name: str = "", output: str = "text") -> None:
    """List the outputs of the stacks: the addresses of the environments, and what other programs need."""
    from serverless_pipeline.commands import outputs

    outputs.show(outputs.read(here.settings, here.clients, name), output, bare=bool(name))


@word(options={"what": "pipeline, stack, or an output without its Url: TestSite, TestApi (default: pipeline)."})
def open_(here: Session, *, what: str = "pipeline") -> None:
    """Open the pipeline, a site or the stack in the browser; where there is no terminal, print the address."""
    from serverless_pipeline.commands import open as page

    page.show(page.find(here.settings, here.clients, what))


@word(options={"fail": "Exit with 3 if something drifted.", **_OUTPUT})
def drift(here: Session, *, fail: bool = False, output: str = "text") -> None:
    """Show what was changed by hand since CloudFormation made it, nested stacks included."""
    from serverless_pipeline import console
    from serverless_pipeline.commands import drift

    with console.busy("Asking CloudFormation what was changed by hand"):
        report = drift.detect(here.settings, here.clients)
    drift.show(report, output, fail=fail)


@word(options={"regions": "Regions of the links, separated by commas (default: the region)."})
def link(here: Session, *, regions: str = "") -> None:
    """Publish the templates and print a link per region with which the console creates the stack."""
    from serverless_pipeline.commands import link

    for one in link.publish(here.settings, here.clients, regions):
        link.show(one)
    link.show_end()


@word(options={"output": "json or yaml (default: json)."})
def policy(here: Session, *, output: str = "json") -> None:
    """Print the smallest IAM policy with which somebody can deploy this, as the templates need it."""
    from serverless_pipeline.commands import policy as deployer

    deployer.show(deployer.derive(here.settings, here.clients), output)


@word(
    options={
        "yes": "Do not ask.",
        "keep-data": "Leave tables and buckets, with what they hold.",
        "unprotect": "Take the termination protection back first.",
        "environment": "This environment alone (default: everything).",
    }
)
def down(
    here: Session, *, yes: bool = False, keep_data: bool = False, unprotect: bool = False, environment: str = ""
) -> None:
    """Empty what must be emptied, delete everything, production last, and prove that nothing is left."""
    from serverless_pipeline import console, session
    from serverless_pipeline.commands import down

    if here.connection is None:
        console.say("Unchanged", f"{session.NOT_RUNNING} There is nothing to delete.")
    else:
        down.down(here.settings, here.clients, environment, sure=yes, keep=keep_data, unprotect=unprotect)


ns = Collection("pipeline", up, diff, wait, status, log, run, watch, releases, rollback, recover)
for _task in (stacks, outputs, open_, drift, link, policy, lint, down):
    ns.add_task(_task)
ns.configure({"pipeline": Settings.defaults()})
