"""The files of a site go to its bucket in an order that keeps the site whole, whenever a delivery breaks off.

First comes what no page names yet, then what replaces other files, then pages, then `config.json`; what is stale is
taken away at the end. What breaks off is delivered again and goes on where it ended.

With a `distribution` CloudFront then forgets what it had of the files that changed, and the delivery waits for that.
`config.json` remembers which distribution was told (`site_memory`): where it does not, an earlier delivery broke off
before, and all is invalidated.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from lambdas.artifacts import transfer
from lambdas.delivery import headers, invalidation, patterns, site_bucket
from lambdas.delivery.order import PATIENCE, Kind, Order
from lambdas.delivery.patterns import NO_PATTERNS, Patterns
from lambdas.delivery.site_changes import CONFIG, Changes
from lambdas.delivery.site_memory import Memory
from lambdas.delivery.site_progress import Progress
from lambdas.delivery.upload import Upload
from lambdas.job import clients, parameters
from lambdas.job.ending import Succeeded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from lambdas.delivery.site_bucket import SiteBucket
    from lambdas.job.ending import Continued

DISTRIBUTION = "distribution"

_SHOWN = 3
"""How many paths a summary names."""


def deploy(order: Order, zip_file: Path) -> Succeeded | Continued:
    """Make `bucket` hold the files of the zip and a `config.json` of `apiBaseurl` and `version`.

    The variable FilesChanged counts what was uploaded or deleted, `config.json` aside; Version is the one it names.

    Raises:
        Misconfigured: a pattern or the distribution makes no sense.
    """
    memory = memory_of(order.parameters)
    parameters.check([*memory.patterns.mistakes(), *_mistakes(order.parameters)])
    folder = zip_file.with_suffix("")
    transfer.unpack(order.artifact, zip_file, folder)
    files = site_files(folder)
    bucket = site_bucket.connect(order.parameters["bucket"], order.deadline, order.retry)
    changes = Changes.between(bucket, files, configuration(order.parameters), memory)
    done = _success(order, files, changes, memory.patterns)
    if changes.are_there(memory):
        return done
    fill(bucket, order, files, changes)
    if not memory.invalidated:
        return done
    is_known = changes.remembered.invalidated == memory.invalidated
    paths = invalidation.paths(changes.cached(memory.patterns)) if is_known else invalidation.EVERYTHING
    return invalidate(bucket, order, paths, Progress.from_success(done))


def resume(order: Order, token: str) -> Succeeded | Continued:
    """Look whether the distribution has forgotten; tell it, if it took no invalidation before.

    Raises:
        Misconfigured: the token is none of a site's.
    """
    progress = Progress.from_token(token)
    if not progress.invalidation:
        bucket = site_bucket.connect(order.parameters["bucket"], order.deadline, order.retry)
        return invalidate(bucket, order, invalidation.EVERYTHING, progress)
    distribution = order.parameters[DISTRIBUTION]
    return progress.after(invalidation.find(clients.distributions(), distribution, progress.invalidation))


def memory_of(parameters: Mapping[str, str]) -> Memory:
    """What the bucket remembers when a delivery has ended."""
    return Memory(headers.rules(), Patterns.from_parameters(parameters), parameters.get(DISTRIBUTION, ""))


def site_files(folder: Path) -> dict[str, Path]:
    """The files of a site by key, those behind links to folders included, as `aws s3 sync` has them.

    A `config.json` at the top is left out, since delivering writes it. A link to a folder that it lies in is not
    followed: it would never end.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(_walk(folder, frozenset()))}
    paths.pop(CONFIG, None)
    return paths


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    for path in folder.iterdir():
        if path.is_dir():
            yield from _walk(path, above | {real})
        elif path.is_file():
            yield path


def fill(bucket: SiteBucket, order: Order, files: Mapping[str, Path], changes: Changes) -> None:
    """Bring what changed and take away what is stale; the bucket remembers no distribution that has to be told."""
    memory = replace(memory_of(order.parameters), invalidated="")
    is_true = changes.remembered == memory
    if not is_true and changes.remembered != Memory():
        bucket.forget(CONFIG, headers.of(CONFIG))
    changed = {key: files[key] for key in changes.changed}
    for wave in waves(changed, changes.etags, memory.patterns):
        bucket.put([Upload(key, files[key], headers.of(key, files[key], memory.patterns).as_http()) for key in wave])
    if not is_true or not changes.is_configured:
        configure(bucket, order, memory)
    remove(bucket, changes.stale, memory.patterns)


def waves(files: Mapping[str, Path], present: Collection[str], patterns: Patterns = NO_PATTERNS) -> list[list[str]]:
    """The keys of files in the order of their upload: each wave begins when the one before it is there.

    Pages name other files, so they come after these; what is new comes before what replaces a file that is in use.
    """

    def place(key: str) -> tuple[bool, bool]:
        return headers.of(key, files[key], patterns).is_page, key in present

    return [list(wave) for _, wave in groupby(sorted(files, key=place), key=place)]


def configure(bucket: SiteBucket, order: Order, memory: Memory) -> None:
    """Put `config.json`, which remembers; a browser that sees it finds the rest delivered."""
    own = headers.of(CONFIG).as_http()
    bucket.put([Upload(CONFIG, configuration(order.parameters), own | memory.as_http())])


def configuration(parameters: Mapping[str, str]) -> bytes:
    """The site's `config.json`."""
    return json.dumps({name: parameters[name] for name in ("apiBaseurl", "version") if name in parameters}).encode()


def remove(bucket: SiteBucket, stale: Collection[str], patterns: Patterns = NO_PATTERNS) -> None:
    """Delete what the site no longer holds: pages first, since they name the others."""
    for pages in (True, False):
        bucket.delete(sorted(key for key in stale if headers.of(key, None, patterns).is_page is pages))


def invalidate(bucket: SiteBucket, order: Order, paths: Sequence[str], progress: Progress) -> Succeeded | Continued:
    """Tell the distribution, and have the bucket remember that it was told."""
    distribution = order.parameters[DISTRIBUTION]
    try:
        begun = invalidation.create(clients.distributions(), distribution, paths, order.job_id)
    except invalidation.Busy:
        return progress.wait()
    configure(bucket, order, memory_of(order.parameters))
    what = "everything" if paths == invalidation.EVERYTHING else ", ".join(paths[:_SHOWN])
    more = f" and {len(paths) - _SHOWN} paths more" if len(paths) > _SHOWN else ""
    return replace(progress, summary=f"{progress.summary}; {what}{more} invalidated").after(begun)


def _success(order: Order, files: Mapping[str, Path], changes: Changes, patterns: Patterns) -> Succeeded:
    changed, stale = len(changes.changed), len(changes.stale)
    summary = f"{changed} uploaded, {stale} deleted, {len(files) - changed} unchanged"
    if idle := patterns.idle(files):
        summary = f"{summary}; no file is for {', '.join(idle)}"
    return Succeeded(summary, {"FilesChanged": str(changed + stale), "Version": order.parameters["version"]})


def _mistakes(parameters: Mapping[str, str]) -> Iterator[str]:
    distribution = parameters.get(DISTRIBUTION)
    if distribution is not None and not re.fullmatch("[A-Z0-9]+", distribution):
        yield f"{DISTRIBUTION} must be the ID of a distribution, as E1PA6795UKMFR9; it is {distribution!r}"


KIND = Kind(
    keys=("bucket", "version"),
    begin=deploy,
    options=("apiBaseurl", DISTRIBUTION),
    prefixes=patterns.PREFIXES,
    resume=resume,
    patience=PATIENCE,
)
