"""What a pipeline is: the document of CreatePipeline, with AWS's defaults filled in, read once into frozen records."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.conditions import Condition, ConditionType, Consequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOURCE, APPROVAL, RULE = "Source", "Approval", "Rule"
SUPERSEDED, QUEUED, PARALLEL = "SUPERSEDED", "QUEUED", "PARALLEL"
_EXAMINED = {
    ConditionType.BEFORE_ENTRY: "beforeEntry",
    ConditionType.ON_SUCCESS: "onSuccess",
    ConditionType.ON_FAILURE: "onFailure",
}


@dataclass(frozen=True)
class ActionType:
    """Who performs an action: `Invoke`, `AWS`, `Lambda`, `1`."""

    category: str
    owner: str
    provider: str
    version: str


@dataclass(frozen=True)
class ArtifactStore:
    """Where artifacts lie: a bucket, and the KMS key that the store names, if it names one."""

    bucket: str
    key_id: str = ""


@dataclass(frozen=True)
class EnvironmentVariable:
    """What an action finds in its environment; `type` says whether `value` is the name of a secret."""

    name: str
    value: str
    type: str = "PLAINTEXT"


@dataclass(frozen=True)
class Action:
    """One action of a stage; `role` and `region` are empty where the pipeline's own apply.

    `commands` and `files`, those of each output artifact, say what a Commands action runs and what it leaves.
    """

    name: str
    type: ActionType
    run_order: int = 1
    configuration: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    namespace: str = ""
    role: str = ""
    region: str = ""
    timeout_minutes: int | None = None
    commands: tuple[str, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    output_variables: tuple[str, ...] = ()
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_source(self) -> bool:
        return self.type.category == SOURCE

    @property
    def is_approval(self) -> bool:
        return self.type.category == APPROVAL


@dataclass(frozen=True)
class Stage:
    """A stage: groups of actions in series, the actions of one group in parallel.

    `on_failure` is what follows when the stage fails and no condition is to be examined first; RETRY runs `retry_all`
    of its actions again or the failed ones.
    """

    name: str
    actions: tuple[Action, ...]
    conditions: Mapping[ConditionType, Condition] = field(default_factory=dict)
    on_failure: Consequence | None = None
    retry_all: bool = False

    def groups(self) -> Iterator[tuple[Action, ...]]:
        """The actions of each run order, ascending."""
        ordered = sorted(self.actions, key=lambda action: action.run_order)
        for _, group in groupby(ordered, key=lambda action: action.run_order):
            yield tuple(group)


@dataclass(frozen=True)
class Variable:
    """A variable of the pipeline; it is required where it has no default."""

    name: str
    default: str | None = None


@dataclass(frozen=True)
class Pipeline:
    """One version of a pipeline; `document` is what GetPipeline answers, less the values of `secrets`."""

    name: str
    role: str
    region: str
    stages: tuple[Stage, ...]
    stores: Mapping[str, ArtifactStore]
    variables: tuple[Variable, ...]
    version: int
    document: Mapping[str, Any] = field(repr=False, compare=False)
    secrets: Mapping[ActionType, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_document(
        cls,
        document: Mapping[str, Any],
        region: str,
        version: int = 1,
        secrets: Mapping[ActionType, frozenset[str]] | None = None,
    ) -> Pipeline:
        """Read a declaration that fits the service model; the version that the client sent does not count."""
        completed = _with_defaults(document, version)
        return cls(
            name=completed["name"],
            role=completed["roleArn"],
            region=region,
            stages=tuple(_stage(stage) for stage in completed["stages"]),
            stores=_stores(completed, region),
            variables=tuple(
                Variable(item["name"], item.get("defaultValue")) for item in completed.get("variables", [])
            ),
            version=version,
            document=completed,
            secrets=secrets or {},
        )

    @property
    def mode(self) -> str:
        """Whether executions overtake each other between stages, queue up, or run side by side."""
        return str(self.document["executionMode"])

    def store(self, action: Action) -> ArtifactStore:
        """The artifact store of the action's region."""
        return self.stores[action.region or self.region]

    def index(self, stage_name: str) -> int | None:
        """Which stage has this name."""
        return next((index for index, stage in enumerate(self.stages) if stage.name == stage_name), None)


def _with_defaults(document: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The declaration with what AWS fills in; a pipeline that does not state its type is V1."""
    completed = copy.deepcopy(dict(document))
    completed["version"] = version
    completed.setdefault("executionMode", "SUPERSEDED")
    completed.setdefault("pipelineType", "V1")
    for stage in completed["stages"]:
        for action in stage["actions"]:
            complete(action)
    return completed


def complete(action: dict[str, Any]) -> None:
    """Fill in what AWS does where an action does not say it."""
    action.setdefault("runOrder", 1)
    action.setdefault("configuration", {})
    action.setdefault("outputArtifacts", [])
    action.setdefault("inputArtifacts", [])


def _stage(document: Mapping[str, Any]) -> Stage:
    failing = document.get("onFailure") or {}
    return Stage(
        document["name"],
        tuple(_action(action) for action in document["actions"]),
        {
            kind: _condition(document[name]["conditions"][0])
            for kind, name in _EXAMINED.items()
            if (document.get(name) or {}).get("conditions")
        },
        on_failure=Consequence(failing["result"]) if failing.get("result") else None,
        retry_all=failing.get("retryConfiguration", {}).get("retryMode") == "ALL_ACTIONS",
    )


def _condition(document: Mapping[str, Any]) -> Condition:
    rules = tuple(_rule(rule) for rule in document.get("rules", []))
    return Condition(Consequence(document.get("result", Consequence.FAIL)), rules)


def _rule(document: Mapping[str, Any]) -> Action:
    type_id = document["ruleTypeId"]
    return Action(
        name=document["name"],
        type=ActionType(RULE, type_id.get("owner", "AWS"), type_id["provider"], type_id.get("version", "1")),
        configuration=document.get("configuration", {}),
        inputs=tuple(artifact["name"] for artifact in document.get("inputArtifacts", [])),
        role=document.get("roleArn", ""),
        region=document.get("region", ""),
        timeout_minutes=document.get("timeoutInMinutes"),
        commands=tuple(document.get("commands", ())),
    )


def _action(document: Mapping[str, Any]) -> Action:
    type_id = document["actionTypeId"]
    return Action(
        name=document["name"],
        type=ActionType(type_id["category"], type_id["owner"], type_id["provider"], type_id["version"]),
        run_order=document["runOrder"],
        configuration=document["configuration"],
        inputs=tuple(artifact["name"] for artifact in document["inputArtifacts"]),
        outputs=tuple(artifact["name"] for artifact in document["outputArtifacts"]),
        namespace=document.get("namespace", ""),
        role=document.get("roleArn", ""),
        region=document.get("region", ""),
        timeout_minutes=document.get("timeoutInMinutes"),
        commands=tuple(document.get("commands", ())),
        environment=tuple(EnvironmentVariable(**item) for item in document.get("environmentVariables", ())),
        output_variables=tuple(document.get("outputVariables", ())),
        files={item["name"]: tuple(item["files"]) for item in document["outputArtifacts"] if "files" in item},
    )


def _stores(document: Mapping[str, Any], region: str) -> dict[str, ArtifactStore]:
    """The stores by region; `artifactStore` is the one of the pipeline's own region."""
    documents = document.get("artifactStores") or {region: document.get("artifactStore")}
    return {
        name: ArtifactStore(store["location"], store.get("encryptionKey", {}).get("id", ""))
        for name, store in documents.items()
        if store
    }
