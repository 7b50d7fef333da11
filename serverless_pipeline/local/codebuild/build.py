"""One build, from its source to its artifacts: phases with their times, an environment, a log.

CodeBuild's builds and the Commands actions of CodePipeline are the same thing here, as they are on AWS.
https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details.html
"""

from __future__ import annotations

import shutil
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codebuild import buildspec, runner, transfer, variables, workshop
from serverless_pipeline.local.codebuild.buildspec import Buildspec
from serverless_pipeline.local.codebuild.log import Log
from serverless_pipeline.local.codebuild.runner import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from serverless_pipeline.local.codebuild.transfer import Target
    from serverless_pipeline.local.codebuild.variables import Variable
    from serverless_pipeline.local.functions.place import Place
    from serverless_pipeline.local.iam.credentials import Credentials

DEFAULT = "buildspec.yml"
PRIMARY = ""
BAD = frozenset({"FAILED", "TIMED_OUT", "STOPPED"})

_places: list[Place] = []


@dataclass(frozen=True)
class Source:
    """A source in S3, `bucket/key`; the primary one has no identifier."""

    id: str
    location: str
    version: str = ""


@dataclass(frozen=True)
class Order:
    """What is to be built. `spec` is a buildspec, its text, or its path in the source; `notes` go to the log.

    `targets` maps the identifiers of artifacts to where they are put, `given` are the variables that CodeBuild sets.
    """

    name: str
    credentials: Credentials
    group: str
    stream: str
    spec: Buildspec | str = DEFAULT
    sources: tuple[Source, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    raw_artifacts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 3600
    notes: tuple[str, ...] = ()


class PhaseFailed(Exception):
    """A phase did not succeed: AWS's code, and why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def use(place: Place) -> None:
    """Let builds run at this place."""
    _places[:] = [place]


def here() -> Place:
    """Where builds run.

    Raises:
        LookupError: nowhere, in a server without functions.
    """
    if not _places:
        raise LookupError("builds have no place to run at in this server")
    return _places[0]


class Build:
    """A build that runs: its phases, its status, and the variables that it exports."""

    def __init__(self, order: Order, place: Place) -> None:
        self.order, self.place = order, place
        self._changed: Callable[[Build], None] = lambda _build: None
        self.status = "IN_PROGRESS"
        self.phases: list[dict[str, Any]] = []
        self.exported: dict[str, str] = {}
        self.started, self.ended = time.time(), 0.0
        self._run, self._names = Run(), dict[str, str]()
        self._tolerated, self._spec = set[str](), Buildspec()
        self._folder = place.scratch / "builds" / uuid.uuid4().hex
        client = order.credentials.client("logs")
        secrets = (order.credentials.secret_access_key, order.credentials.session_token)
        self._log = Log(client, order.group, order.stream, secrets)
        self._end_phase(self._begin_phase("SUBMITTED"))

    @property
    def failure(self) -> dict[str, str] | None:
        """The first phase that failed: its name, AWS's code and the message."""
        for phase in self.phases:
            if (
                phase.get("phaseStatus") in {"FAILED", "TIMED_OUT", "STOPPED"}
                and phase["phaseType"] not in self._tolerated
            ):
                return {
                    "phase": phase["phaseType"],
                    **(phase.get("contexts") or [{"statusCode": "", "message": ""}])[0],
                }
        return None

    def listen(self, changed: Callable[[Build], None]) -> None:
        """Tell now, and whenever phases or the status change."""
        self._changed = changed
        changed(self)

    def stop(self) -> None:
        """End it, as StopBuild does."""
        self._run.stop()

    def perform(self) -> None:
        """Run to the end; whatever goes wrong becomes a phase that failed."""
        try:
            with self._phase("QUEUED"):
                self._open_log()
            self._build()
        except PhaseFailed:
            pass
        except Exception as error:  # noqa: BLE001 - a build ends, whatever happens
            self._fault(error)
        finally:
            self._finish()

    def _open_log(self) -> None:
        from botocore.exceptions import ClientError

        try:
            self._log.open()
        except ClientError as error:
            raise PhaseFailed(
                "ACCESS_DENIED",
                f"Service role {self.order.credentials.role} does not allow AWS CodeBuild to create Amazon CloudWatch"
                f" Logs log streams for build {self.order.name}. Error message: {error}",
            ) from error

    def _build(self) -> None:
        with self._phase("PROVISIONING"):
            shop = workshop.Workshop(self._folder, self.place, workshop.runtimes({})[0])
            shop.outside("src").mkdir(parents=True)
        with self._phase("DOWNLOAD_SOURCE"):
            self._fetch(shop)
            spec = self._spec = self._read_spec(shop)
            shop, environment = self._prepare(spec, shop)
        files = {identifier: f"{number}.zip" for number, identifier in enumerate(self.order.targets)}
        left = self.started + self.order.seconds - time.time()
        task = runner.Task(runner.plan(spec, shop, files), environment, left)
        self._run.perform(shop, task, say=self._log.write, tell=self._hear)
        if self._run.ended_by:
            self._interrupted(self._run.ended_by)
        if not any(phase["phaseType"] == "POST_BUILD" or phase.get("phaseStatus") == "FAILED" for phase in self.phases):
            raise RuntimeError("the build ended without its last phase")
        if self.phases[-1]["phaseType"] == "UPLOAD_ARTIFACTS":
            self._upload(shop, files)

    def _fetch(self, shop: workshop.Workshop) -> None:
        client = self.order.credentials.client("s3")
        for source in self.order.sources:
            folder = shop.outside("src", "src") if source.id == PRIMARY else shop.outside("src", "secondary", source.id)
            try:
                transfer.fetch(client, source.location, source.version, folder)
            except transfer.NotFetched as error:
                raise PhaseFailed("CLIENT_ERROR", str(error)) from error

    def _read_spec(self, shop: workshop.Workshop) -> Buildspec:
        spec = self.order.spec
        if isinstance(spec, Buildspec):
            return spec
        try:
            if "\n" in spec or spec.startswith(("{", "version:")):
                return buildspec.read(spec)
            path = (shop.outside("src", "src") / spec).resolve()
            if not path.is_relative_to(shop.outside("src").resolve()) or not path.is_file():
                raise PhaseFailed("YAML_FILE_ERROR", f"stat {shop.source}/{spec}: no such file or directory")
            return buildspec.read(path.read_text(errors="replace"))
        except buildspec.Unusable as error:
            raise PhaseFailed("YAML_FILE_ERROR", str(error)) from error

    def _prepare(self, spec: Buildspec, shop: workshop.Workshop) -> tuple[workshop.Workshop, dict[str, str]]:
        """The workshop with the Python that was asked for, and all variables; the log says what is otherwise here."""
        try:
            python, said = workshop.runtimes(spec.runtimes)
            values, secrets = variables.resolve(self.order.variables, spec, self.order.credentials.client)
        except workshop.NotHere as error:
            raise PhaseFailed("YAML_FILE_ERROR", str(error)) from error
        except variables.NotDecrypted as error:
            raise PhaseFailed("Decrypted Variables Error", str(error)) from error
        self._log.hide(secrets)
        shop = workshop.Workshop(self._folder, self.place, python)
        shop.lay_out()
        if not shop.is_sandboxed:
            said.append("no sandbox works on this laptop, so the build is a process like any other of its user")
        for sentence in (*said, *self.order.notes, *spec.notes):
            self._log.write(f"[WARNING] {sentence}")
        sources = {
            f"CODEBUILD_SRC_DIR_{source.id}": shop.inside("src", "secondary", source.id)
            for source in self.order.sources
            if source.id != PRIMARY
        }
        given = {"CODEBUILD_SRC_DIR": shop.source, **sources, **self.order.given}
        return shop, {**shop.variables(), **values, **given, **variables.of_role(self.order.credentials)}

    def _hear(self, event: dict[str, Any]) -> None:
        """What the agent tells."""
        if "exported" in event:
            self.exported = event["exported"]
        elif "artifact" in event:
            self._names[event["artifact"]] = event["name"]
            if event["message"] and "contexts" not in self.phases[-1]:
                self.phases[-1]["contexts"] = [_context("CLIENT_ERROR", event["message"])]
        elif event.get("begins"):
            self._begin_phase(event["phase"])
        else:
            if event["tolerated"]:
                self._tolerated.add(event["phase"])
            self._end_phase(self.phases[-1], event["code"], event["message"])

    def _upload(self, shop: workshop.Workshop, files: Mapping[str, str]) -> None:
        """End the phase that the agent began with packing."""
        phase = self.phases[-1]
        message = phase.pop("contexts")[0]["message"] if "contexts" in phase else ""
        missing = sorted(set(self.order.targets) - set(self._names) - {PRIMARY})
        if missing and not message:
            names = ", ".join(missing)
            message = f"artifacts not defined in buildspec: {names}; add them to secondary-artifacts"
        if not message:
            try:
                self._put(shop, files)
            except Exception as error:  # noqa: BLE001 - boto3 has several
                message = f"Error in UPLOAD_ARTIFACTS phase: {error}"
        code = "CLIENT_ERROR" if message else ""
        self._say(f"Phase complete: UPLOAD_ARTIFACTS State: {'FAILED' if code else 'SUCCEEDED'}")
        self._say(f"Phase context status code: {code} Message: {message}")
        self._end_phase(phase, code, message)

    def _put(self, shop: workshop.Workshop, files: Mapping[str, str]) -> None:
        client = self.order.credentials.client("s3")
        for identifier, name in self._names.items():
            package = shop.outside("artifacts", files[identifier])
            if package.is_symlink() or not package.is_file():
                raise FileNotFoundError(f"{identifier or 'the artifact'} is gone")
            where = self.order.targets[identifier]
            if raw := self.order.raw_artifacts.get(identifier):
                where = transfer.target(raw, self.order.name, where.key_id, name=name) or where
            transfer.put(client, package, where)

    def _interrupted(self, status: str) -> None:
        phase = self.phases[-1]
        if "phaseStatus" not in phase:
            message = "" if status == "STOPPED" else "Build has timed out. "
            self._end_phase(phase, "" if status == "STOPPED" else "BUILD_TIMED_OUT", message, status)
        raise PhaseFailed(status, status)

    def _fault(self, error: Exception) -> None:
        phase = self.phases[-1] if "phaseStatus" not in self.phases[-1] else self._begin_phase("FINALIZING")
        self._end_phase(phase, "INTERNAL_SERVICE_ERROR", f"The embedded AWS could not run the build: {error!r}")

    def _finish(self) -> None:
        if not self._run.ended_by:
            with self._phase("FINALIZING"):
                pass
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self.ended = time.time()
        self.status = self._run.ended_by or ("FAILED" if self.failure else "SUCCEEDED")
        self.phases.append({"phaseType": "COMPLETED", "startTime": self.ended})
        self._changed(self)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        if self._run.ended_by:
            raise PhaseFailed(self._run.ended_by, self._run.ended_by)
        phase = self._begin_phase(name)
        try:
            yield
        except PhaseFailed as failed:
            self._say(f"Phase context status code: {failed.code} Message: {failed.message}")
            self._end_phase(phase, failed.code, failed.message)
            raise
        self._end_phase(phase)

    def _begin_phase(self, name: str) -> dict[str, Any]:
        phase = {"phaseType": name, "startTime": time.time()}
        self.phases.append(phase)
        self._changed(self)
        return phase

    def _end_phase(self, phase: dict[str, Any], code: str = "", message: str = "", status: str = "") -> None:
        now = time.time()
        phase["endTime"], phase["durationInSeconds"] = now, int(now - phase["startTime"])
        phase["contexts"] = [_context(code, self._log.mask(message))]
        phase["phaseStatus"] = status or ("FAILED" if code else "SUCCEEDED")
        self._changed(self)

    def _say(self, text: str) -> None:
        self._log.write(f"[Container] {time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} {text}")


def _context(code: str, message: str) -> dict[str, str]:
    return {"statusCode": code, "message": message}
