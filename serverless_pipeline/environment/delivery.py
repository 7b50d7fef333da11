"""What the pipeline itself delivers into an environment: the resources of its template that carry `Metadata: Delivery`.

::

    AWS::Lambda::Function        {Path: dist/lambda.zip, Alias: live}
    AWS::ApiGateway::RestApi     {Path: dist/openapi.json, Stage: ApiStage, Function: WorkerAlias}
    AWS::S3::Bucket              {Path: dist/site, ApiBaseurl: ApiUrl}

`Path` is what the package task makes, in the project. `Name` calls the action, `Deploy<environment><Name>`, and the
part of a release otherwise than the resource. With `Output` what the task made travels in an artifact of that name,
else in the one artifact of the whole package. With `Task` it is made for each environment by a task of its own, which
finds the outputs of the stack. The other members become parameters of the action: `docs/actions.md`. They name
resources by their logical IDs, without `!Ref`: to CloudFormation one in metadata is a dependency, and that of an API on
its stage would close a circle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

PIPELINE_PARAMETERS = ("EnvironmentName", "Runtime", "Architecture", "PermissionsBoundary", "Endpoint")
"""Parameters of a template whose values the pipeline knows, where the template declares them."""

ENVIRONMENT = "EnvironmentName"
MOST_OUTPUTS = 4
"""Artifacts of their own: a Lambda action has five output artifacts at most, and the package is one of them.
https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

_KEY = "Delivery"
_NAME = re.compile(r"[A-Za-z0-9]{1,50}")
_TASK = re.compile(r"[A-Za-z_][\w.-]*")
_ARTIFACT = re.compile(r"[A-Za-z0-9_-]{1,100}")
_RESERVED = ("SourceOutput", "DependenciesOutput", "PackageOutput")


@dataclass(frozen=True)
class Reference:
    """What `!Ref` gives for a resource, known when the stack is delivered."""

    logical_id: str


@dataclass(frozen=True)
class Output:
    """The value of an output of the stack, known when the stack is delivered."""

    name: str


Value = str | Reference | Output


@dataclass(frozen=True)
class Kind:
    """How the resources of a type are delivered.

    `own` is the parameter of the action that names the resource itself; the members of the metadata become parameters:
    `required` and `optional` map one to the other, `maps` those that hold several.
    """

    type: str
    own: str
    required: Mapping[str, str]
    optional: Mapping[str, str]
    maps: Mapping[str, str]


KINDS: Mapping[str, Kind] = {
    "AWS::Lambda::Function": (_FUNCTION := Kind("lambda", "function", {"Alias": "alias"}, {}, {})),
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::ApiGateway::RestApi": (
        _API := Kind(
            "apigateway", "api", {"Stage": "stage"}, {"Function": "function"}, {"Integrations": "Integration."}
        )
    ),
    "AWS::Serverless::Api": _API,
    "AWS::S3::Bucket": Kind(
        "s3",
        "bucket",
        {},
        {"ApiBaseurl": "apiBaseurl", "Distribution": "distribution"},
        {"Types": "Type.", "Encodings": "Encoding.", "Caches": "Cache."},
    ),
}
"""The types that can be delivered."""


@dataclass(frozen=True)
class Delivery:
    """A resource of the template that the pipeline fills, from the path in the project that the package task makes.

    `parameters` are those of the action beside its type; `output` is the artifact that brings it, or empty.
    """

    logical_id: str
    type: str
    name: str
    path: str
    output: str
    parameters: Mapping[str, Value]
    task: str = ""

    @property
    def file(self) -> str:
        """What it is called in the package."""
        return f"deliveries/{self.name}.zip"

    @property
    def words(self) -> str:
        """All of it: `Site from dist/site, bucket=!Ref Site, apiBaseurl=ApiUrl`."""
        ways = {"artifact": self.output, "task": self.task, **self.parameters}
        listed = [f"{name}={_words(value)}" for name, value in ways.items() if value]
        return ", ".join([f"{self.name} from {self.path}", *listed])

    @property
    def references(self) -> Iterator[str]:
        """The logical IDs of the resources whose `!Ref` its action needs."""
        return (value.logical_id for value in self.parameters.values() if isinstance(value, Reference))


def _words(value: Value) -> str:
    match value:
        case Reference(logical_id):
            return f"!Ref {logical_id}"
        case Output(name):
            return name
    return value


def read(body: Mapping[str, Any]) -> tuple[Delivery, ...]:
    """The deliveries of a template, in its order.

    Raises:
        Misconfigured: the metadata of some make no sense; names all mistakes.
    """
    mistakes: list[str] = []
    deliveries = tuple(_deliveries(body, mistakes))
    mistakes += _doubled("Name", [one.name for one in deliveries])
    outputs = [one.output for one in deliveries if one.output]
    mistakes += _doubled("Output", outputs)
    if len(outputs) > MOST_OUTPUTS:
        mistakes.append(f"{len(outputs)} deliveries have an Output of their own; CodePipeline takes {MOST_OUTPUTS}")
    if mistakes:
        listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise Misconfigured(
            f"The template cannot be delivered as its Metadata say:\n{listed}", hint="mend the Delivery that is named"
        )
    return deliveries


def _deliveries(body: Mapping[str, Any], mistakes: list[str]) -> Iterator[Delivery]:
    for logical_id, resource in (body.get("Resources") or {}).items():
        metadata = resource.get("Metadata") if isinstance(resource, dict) else None
        if isinstance(metadata, dict) and _KEY in metadata:
            entry, type_ = metadata[_KEY], resource.get("Type")
            if wrong := list(_mistakes(entry, type_)):
                mistakes += (f"{logical_id}: {words}" for words in wrong)
                continue
            parameters = dict(_parameters(body, logical_id, KINDS[type_], entry, mistakes))
            name = entry.get("Name", logical_id)
            output, task = entry.get("Output", ""), entry.get("Task", "")
            yield Delivery(logical_id, KINDS[type_].type, name, entry["Path"], output, parameters, task)


def _mistakes(entry: object, type_: str) -> Iterator[str]:
    if type_ not in KINDS:
        yield f"a {type_} cannot be delivered; {', '.join(KINDS)} can"
        return
    if not isinstance(entry, dict):
        yield f"{_KEY} must be a map, such as {{Path: dist/site}}"
        return
    kind = KINDS[type_]
    known = ("Path", "Name", "Output", "Task", *kind.required, *kind.optional, *kind.maps)
    yield from (f"there is no {key}; a {type_} has {', '.join(known)}" for key in entry if key not in known)
    yield from (f"{key} is missing" for key in ("Path", *kind.required) if not entry.get(key))
    path = entry.get("Path", "-")
    if not isinstance(path, str) or path.startswith("/") or ".." in path.split("/"):
        yield f"Path must be a path in the project; it is {path!r}"
    if not _NAME.fullmatch(str(entry.get("Name", "A"))):
        yield f"Name must be 1 to 50 letters and digits; it is {entry['Name']!r}"
    output = entry.get("Output", "A")
    if not _ARTIFACT.fullmatch(str(output)) or output in _RESERVED:
        yield f"Output must be the name of an artifact, such as DistSiteOutput; it is {output!r}"
    if not _TASK.fullmatch(str(entry.get("Task", "a"))):
        yield f"Task must be the name of a task; it is {entry['Task']!r}"
    if "Task" in entry and "Output" in entry:
        yield "Task and Output exclude each other: what a task makes for each environment has an artifact for each"
    for key in kind.maps:
        if not isinstance(entry.get(key, {}), dict):
            yield f"{key} must be a map of names to resources"


def _parameters(
    body: Mapping[str, Any], logical_id: str, kind: Kind, entry: Mapping[str, Any], mistakes: list[str]
) -> Iterator[tuple[str, Value]]:
    """The parameters of the action, in the order of its documentation."""
    members = {
        parameter: (key, entry[key]) for key, parameter in {**kind.required, **kind.optional}.items() if key in entry
    }
    members |= {
        f"{prefix}{name}": (key, value)
        for key, prefix in kind.maps.items()
        for name, value in entry.get(key, {}).items()
    }
    yield kind.own, Reference(logical_id)
    for parameter, (key, member) in members.items():
        try:
            yield parameter, _READERS.get(key, _text)(body, member)
        except ValueError as error:
            mistakes.append(f"{logical_id}: {key} {error}")


def _text(_body: Mapping[str, Any], member: object) -> str:
    if not isinstance(member, str | int):
        raise ValueError(f"must be a text; it is {member!r}")  # noqa: TRY004 - told like the other mistakes
    return str(member)


def _text_or_resource(body: Mapping[str, Any], member: object) -> Value:
    """A text as it is, or what `!Ref` gives for the resource that it names."""
    text = _text(body, member)
    return Reference(text) if text in body["Resources"] else text


def _resource(body: Mapping[str, Any], member: object) -> Reference:
    if not isinstance(member, str) or member not in body["Resources"]:
        raise ValueError(f"must be the logical ID of a resource; it is {member!r}")
    return Reference(member)


def _output(body: Mapping[str, Any], member: object) -> Output:
    if not isinstance(member, str) or member not in (body.get("Outputs") or {}):
        raise ValueError(f"must name an output of the template; it is {member!r}")
    return Output(member)


def _doubled(key: str, values: Sequence[str]) -> Iterable[str]:
    return [f"{key} {value} is there twice" for value in dict.fromkeys(values) if values.count(value) > 1]


_READERS: Mapping[str, Callable[[Mapping[str, Any], object], Value]] = {
    "ApiBaseurl": _output,
    "Stage": _text_or_resource,
    **dict.fromkeys(("Distribution", "Function", "Integrations"), _resource),
}
"""How members are read that are no mere texts."""
