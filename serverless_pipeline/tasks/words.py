"""What every word of the pipeline has in common: the options that say where to act, and a session opened there."""

from __future__ import annotations

import atexit
import gc
import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any

from invoke import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invoke import Context

WHERE = {
    "target": "Where to act: local or aws (default: the setting target).",
    "stack_name": "Name of the root stack (default: the setting stack_name).",
    "region": "Region of the account (default: the setting region, else what boto3 finds).",
    "profile": "Profile of the AWS configuration (default: the setting profile, else what boto3 finds).",
}


def word(
    *, start: bool = False, options: Mapping[str, str] | None = None, default: bool = False
) -> Callable[[Callable[..., None]], Task[Any]]:
    """Make a task of a function that takes a `Session` and its own options.

    The task takes `--target`, `--stack-name`, `--region` and `--profile` as well; `start` starts the embedded AWS if
    that is the target and it does not run; `options` has a line of help for each of the function's own options.
    An option `output` takes the formats that there are; another is refused before anything is opened.
    """

    def decorate(body: Callable[..., None]) -> Task[Any]:
        @wraps(body)
        def run(c: Context, **values: Any) -> None:  # noqa: ANN401 - whatever the options of the body hold
            from serverless_pipeline import output, session

            atexit.register(gc.freeze)  # else Python looks through all of botocore for what it could free, and exits
            if "output" in values:
                output.check(values["output"])
            where = {name: values.pop(name, "") for name in WHERE}
            with session.begin(c, start=start, **where) as here:
                body(here, **values)

        run.__signature__ = _signature(body)  # type: ignore[attr-defined]
        return Task(
            run,
            name=body.__name__.rstrip("_"),
            default=default,
            auto_shortflags=False,
            help={**(options or {}), **WHERE},
        )

    return decorate


def _signature(body: Callable[..., None]) -> inspect.Signature:
    """The context, the body's own options, and those that say where; Invoke reads the command line's options off it."""
    _, *own = inspect.signature(body).parameters.values()
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    where = [inspect.Parameter(name, kind, default="") for name in WHERE]
    own = [parameter.replace(kind=kind) for parameter in own]
    return inspect.Signature([inspect.Parameter("c", kind), *own, *where])
