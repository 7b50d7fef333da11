"""A pipeline in the browser: its stages and actions as they are now, on a page that renews itself each second."""

from __future__ import annotations

import os
import time
from html import escape
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.execution import ExecutionStatus
from serverless_pipeline.local.codepipeline.model.scope import Scope

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.declaration import Stage
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Store

_stores: list[Store] = []

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --muted: #666; --good: #1a7f37; --bad: #cf222e; --now: #0969da }
@media (prefers-color-scheme: dark) { :root { --muted: #999; --good: #3fb950; --bad: #f85149; --now: #58a6ff } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.05rem; margin: 0 }
p, footer { color: var(--muted); margin: .25rem 0 1.5rem }
section { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 1rem; padding: .75rem 1rem }
header { display: flex; justify-content: space-between; gap: 1rem }
ul { list-style: none; margin: .5rem 0 0; padding: 0 }
li { border-top: 1px solid var(--line); padding: .4rem 0; display: grid; gap: 1rem;
     grid-template-columns: 1fr auto 5rem }
li time { text-align: right; color: var(--muted); font-variant-numeric: tabular-nums }
small { display: block; color: var(--muted); overflow-wrap: anywhere }
pre { grid-column: 1 / -1; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; color: var(--bad) }
.Succeeded { color: var(--good) } .Failed, .Abandoned { color: var(--bad) } .InProgress, .Stopping { color: var(--now) }
.none, .Stopped, .Cancelled, .Superseded { color: var(--muted) }
"""

_SCRIPT = """
setInterval(async () => {
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const shown = document.querySelector("main");
    if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
    document.title = document.title.replace(/ \\(gone\\)$/, "");
  } catch { if (!document.title.endsWith("(gone)")) document.title += " (gone)" }
}, 1000);
"""


def show(store: Store) -> None:
    """Take the pages from this store."""
    _stores[:] = [store]


def render(name: str) -> str | None:
    """The page of a pipeline of the default account and region; None if there is no such pipeline."""
    scope = Scope(
        os.environ.get("MINISTACK_ACCOUNT_ID", "000000000000"), os.environ.get("MINISTACK_REGION", "us-east-1")
    )
    for store in _stores:
        with store.lock:
            record = store.find(scope, name)
            if record:
                return _page(record)
    return None


def _page(record: PipelineRecord) -> str:
    name = escape(record.pipeline.name)
    stages = "\n".join(_stage(record, stage) for stage in record.pipeline.stages)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>{_STYLE}</style>
<main>
<h1>{name}</h1>
<p>{_execution(record)}</p>
{stages}
<footer>{escape(record.scope.account)} · {escape(record.scope.region)} · version {record.pipeline.version}</footer>
</main>
<script>{_SCRIPT}</script>
</html>
"""


def _execution(record: PipelineRecord) -> str:
    """The newest execution in a line."""
    if not record.executions:
        return "Nothing ran yet."
    execution = next(reversed(record.executions.values()))
    over = execution.status not in (ExecutionStatus.IN_PROGRESS, ExecutionStatus.STOPPING)
    seconds = (execution.updated if over else time.time()) - execution.started
    return (
        f"{_status(execution.status)} · {escape(execution.id)} · {escape(execution.trigger.type)} · {_elapsed(seconds)}"
    )


def _stage(record: PipelineRecord, stage: Stage) -> str:
    state = record.stages[stage.name]
    actions = "\n".join(
        _action(action.name, action.type.provider, record.latest_runs.get((stage.name, action.name)))
        for group in stage.groups()
        for action in group
    )
    waiting = "".join(f"<small>{escape(one)} waits before this stage</small>" for one in state.waiting)
    closed = "" if state.transition.enabled else f"<small>Closed: {escape(state.transition.reason)}</small>"
    return f"""<section>
<header><h2>{escape(stage.name)}</h2>{_status(state.status or "")}</header>
{waiting}{closed}<ul>
{actions}
</ul>
</section>"""


def _action(name: str, provider: str, run: ActionRun | None) -> str:
    title = f"<span>{escape(name)}<small>{escape((run.summary if run else '') or provider)}</small></span>"
    if run is None:
        return f"<li>{title}{_status('')}<time></time></li>"
    seconds = (time.time() if run.is_running else run.updated) - run.started
    error = f"<pre>{escape(run.error.code)}: {escape(run.error.message)}</pre>" if run.error else ""
    return f"<li>{title}{_status(run.status)}<time>{_elapsed(seconds)}</time>{error}</li>"


def _status(status: str) -> str:
    return f'<span class="{escape(status)}">{escape(status)}</span>' if status else '<span class="none">not yet</span>'


def _elapsed(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
