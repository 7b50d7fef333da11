"""CodeBuild of MiniStack with builds that build: it notes them as successful at once, and forgets half a project."""

from __future__ import annotations

import json
import threading
import time
from contextvars import copy_context
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.codebuild import build as builds
from serverless_pipeline.local.codebuild import order
from serverless_pipeline.local.codebuild import project as projects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.codebuild.build import Build
    from serverless_pipeline.local.functions.place import Place

NAME = "codebuild"
Response = tuple[int, dict[str, str], bytes]

_running: dict[str, Build] = {}
"""Those that StopBuild can stop, by their ARN."""


def install(place: Place) -> None:
    """Let builds run at a place, from the first request to CodeBuild or CloudFormation on."""
    builds.use(place)
    provide = cache(partial(_provide, place))
    for service in (NAME, "cloudformation"):
        _before(service, provide)
    seams.EXTRACT_RESOURCE_ARN.wrap(extracting)


def _before(service: str, provide: Callable[[], None]) -> None:
    others = seams.SERVICE_HANDLERS.value[service]

    async def serve(*request: object) -> Response:
        provide()
        return await others(*request)  # type: ignore[no-any-return]

    seams.SERVICE_HANDLERS.value[service] = serve


def _provide(place: Place) -> None:
    seams.CREATE_PROJECT.wrap(keeping)
    seams.UPDATE_PROJECT.wrap(keeping)
    seams.PROJECT_SHAPE.replace(dict)
    seams.START_BUILD.replace(partial(start, place))
    seams.STOP_BUILD.wrap(stopping)
    seams.RESOURCE_HANDLERS.value[projects.TYPE] |= {"create": create, "update": update}


def extracting(others: Callable[..., str]) -> Callable[..., str]:
    """IAM decides about builds by the project they are of; MiniStack puts those that are named by an ID to `*`."""

    def extract(service: str, *request: Any) -> str:  # noqa: ANN401 - MiniStack's own arguments
        arn = others(service, *request)
        if service != NAME or arn != "*":
            return arn
        _method, _path, _headers, body, _query, region, account = request
        try:
            document = json.loads(body or b"{}")
        except ValueError:
            return arn
        named = [*(document.get("ids") or []), *([document["id"]] if document.get("id") else [])]
        owners = {one.rsplit("build/", 1)[-1].partition(":")[0] for one in named if isinstance(one, str)}
        return f"arn:aws:codebuild:{region}:{account}:project/{owners.pop()}" if len(owners) == 1 else arn

    return extract


def keeping(operation: Callable[[dict[str, Any]], Response]) -> Callable[[dict[str, Any]], Response]:
    """Keep every member that a project has, or refuse it by name."""

    def kept(request: dict[str, Any]) -> Response:
        if wrong := list(projects.mistakes(request)):
            return _refuse("InvalidInputException", "; ".join(wrong))
        answer = operation(request)
        project = seams.BUILD_PROJECTS.value.get(request.get("name", ""))
        if answer[0] == 200 and project is not None:  # noqa: PLR2004 - HTTP
            project |= {member: request[member] for member in projects.KEPT if member in request}
            return _answer({"project": project})
        return answer

    return kept


def start(place: Place, request: dict[str, Any]) -> Response:
    """StartBuild: the build runs on a thread of its own, and its document is renewed as it goes on."""
    name = str(request.get("projectName", "")).rsplit("project/", 1)[-1]
    project, records = seams.BUILD_PROJECTS.value.get(name), seams.BUILDS.value
    if project is None:
        return _refuse("ResourceNotFoundException", f"Project cannot be found: {name}")
    token = request.get("idempotencyToken", "")
    same = [one for one in records.values() if token and one.get("idempotencyToken") == token]
    if same:
        return _answer({"build": _shown(same[0])})
    build_id = seams.BUILD_ID(name)
    number = project["builds"] = project.get("builds", 0) + 1
    initiator = _initiator(token)
    try:
        chosen = order.overridden(project, request)
        build = builds.Build(order.make(chosen, build_id, number, place.url, initiator), place)
    except order.Refused as refused:
        return _refuse("InvalidInputException", str(refused))
    record = {**_record(chosen, build_id, number, initiator), "idempotencyToken": token}
    context = copy_context()

    def changed(one: Build) -> None:
        context.copy().run(records.__setitem__, build_id, {**record, **progress(one)})

    build.listen(changed)
    _running[record["arn"]] = build
    threading.Thread(target=_perform, args=(build, record["arn"]), name=f"build {build_id}", daemon=True).start()
    return _answer({"build": _shown(records[build_id])})


def _perform(build: Build, arn: str) -> None:
    try:
        build.perform()
    finally:
        _running.pop(arn, None)


def stopping(operation: Callable[[dict[str, Any]], Response]) -> Callable[[dict[str, Any]], Response]:
    """StopBuild ends the processes; a build that has ended stays as it is."""

    def stop(request: dict[str, Any]) -> Response:
        build_id = str(request.get("id", "")).rsplit("build/", 1)[-1]
        record = seams.BUILDS.value.get(build_id)
        if record is None:
            return operation(request)
        if build := _running.get(record["arn"]):
            build.stop()
        return _answer({"build": _shown(seams.BUILDS.value[build_id])})

    return stop


def progress(build: Build) -> dict[str, Any]:
    """What of the document of a build changes while it runs."""
    return {
        "buildStatus": build.status,
        "currentPhase": build.phases[-1]["phaseType"] if build.phases else "SUBMITTED",
        "phases": [dict(phase) for phase in build.phases],
        "buildComplete": bool(build.ended),
        "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in build.exported.items()],
        **({"endTime": build.ended} if build.ended else {}),
    }


def create(logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """A project of a template."""
    name = properties.get("Name") or seams.PHYSICAL_NAME(stack, logical_id, max_len=255)
    return name, _carry_out(seams.CREATE_PROJECT, name, properties)


def update(name: str, old: Mapping[str, Any], properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """A project of a template that has changed; what the template leaves out is as at first."""
    if (other := properties.get("Name", name)) != name:
        return create(other, properties, stack)
    gone = {projects.KEPT[0]: ""} if "Description" in old and "Description" not in properties else {}
    return name, _carry_out(seams.UPDATE_PROJECT, name, properties, gone)


def remark(name: str) -> str:
    """What of a project has no effect, in one line."""
    project = seams.BUILD_PROJECTS.value.get(name) or {}
    return "; ".join(projects.notes(project))


def _carry_out(
    operation: Any,  # noqa: ANN401 - a seam
    name: str,
    properties: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    status, _headers, body = operation({**(more or {}), **projects.from_properties(properties), "name": name})
    answer = json.loads(body)
    if status != 200:  # noqa: PLR2004 - HTTP
        raise ValueError(answer.get("message", body.decode()))
    return {"Arn": answer["project"]["arn"]}


def _record(project: Mapping[str, Any], build_id: str, number: int, initiator: str) -> dict[str, Any]:
    group = f"/aws/codebuild/{project['name']}"
    cloudwatch = (project.get("logsConfig") or {}).get("cloudWatchLogs") or {}
    group, prefix = cloudwatch.get("groupName") or group, cloudwatch.get("streamName", "")
    stream = "/".join(part for part in (prefix, build_id.partition(":")[2]) if part)
    arn = project["arn"].replace(f":project/{project['name']}", f":build/{build_id}")
    logs = ":".join([*project["arn"].split(":")[:2], "logs", *project["arn"].split(":")[3:5]])
    region = project["arn"].split(":")[3]
    return {
        "id": build_id,
        "arn": arn,
        "buildNumber": number,
        "startTime": time.time(),
        "projectName": project["name"],
        "sourceVersion": project.get("sourceVersion", ""),
        "resolvedSourceVersion": project.get("sourceVersion", ""),
        "source": project["source"],
        "secondarySources": project.get("secondarySources") or [],
        "artifacts": _location(project.get("artifacts") or {}),
        "secondaryArtifacts": [_location(item) for item in project.get("secondaryArtifacts") or []],
        "environment": project["environment"],
        "serviceRole": project["serviceRole"],
        "logs": {
            "groupName": group,
            "streamName": stream,
            "deepLink": f"https://console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}/log-events/{stream}",
            "cloudWatchLogsArn": f"{logs}:log-group:{group}:log-stream:{stream}",
        },
        "timeoutInMinutes": project.get("timeoutInMinutes") or 60,
        "queuedTimeoutInMinutes": project.get("queuedTimeoutInMinutes") or 480,
        "encryptionKey": project.get("encryptionKey", ""),
        "initiator": initiator,
    }


def _location(artifacts: Mapping[str, Any]) -> dict[str, Any]:
    """Where the artifacts of a build lie, as its document has it."""
    if not artifacts.get("location"):
        return {}
    path = "/".join(part for part in (artifacts.get("path", "").strip("/"), artifacts.get("name", "")) if part)
    identifier = artifacts.get("artifactIdentifier")
    return {
        "location": f"arn:aws:s3:::{artifacts['location']}/{path}",
        **({"artifactIdentifier": identifier} if identifier else {}),
    }


def _initiator(token: str) -> str:
    """Who started it: a pipeline says so in its token."""
    if token.startswith("codepipeline/"):
        return token.rsplit("/", 1)[0]
    return str(seams.CALLER_ARN() or "").rsplit(":", 1)[-1].removeprefix("assumed-role/")


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "idempotencyToken"}


def _answer(document: dict[str, Any]) -> Response:
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(document).encode()


def _refuse(code: str, message: str) -> Response:
    answer: Response = seams.ERROR_RESPONSE_JSON(code, message, 400)
    return answer
