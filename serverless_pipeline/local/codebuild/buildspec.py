"""A buildspec of version 0.2: read once into frozen records, with all that is wrong or lacking told together.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PHASES = ("install", "pre_build", "build", "post_build")

_TOP = frozenset({"version", "env", "phases", "artifacts", "reports", "cache"})
_ENV = frozenset(
    {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
)
_PHASE = frozenset({"commands", "finally", "on-failure", "runtime-versions", "run-as"})
_ARTIFACT = frozenset(
    {"files", "base-directory", "discard-paths", "name", "exclude-paths", "secondary-artifacts", "enable-symlinks"}
)
_SHELLS = ("", "sh", "/bin/sh", "bash")


class Unusable(Exception):
    """The buildspec is not one, or has something that is not imitated here; the message says what."""


@dataclass(frozen=True)
class Phase:
    """The commands of a phase, and those that run at its end whatever happened."""

    name: str
    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str = ""


@dataclass(frozen=True)
class Artifact:
    """Which files one artifact is made of; the primary one has no identifier."""

    id: str
    files: tuple[str, ...]
    base: str = ""
    name: str = ""
    exclude: tuple[str, ...] = ()
    is_flat: bool = False


@dataclass(frozen=True)
class Buildspec:
    """What a build does. `notes` are sentences about what of it has no effect here."""

    phases: tuple[Phase, ...] = tuple(Phase(name) for name in PHASES)
    shell: str = "sh"
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    runtimes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read(text: str) -> Buildspec:
    """A buildspec from its YAML.

    Raises:
        Unusable: names all that is wrong with it.
    """
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unusable(f"the buildspec is no YAML: {error}") from error
    if not isinstance(document, dict):
        raise Unusable("the buildspec is no mapping; it begins with version: 0.2")
    if mistakes := list(_mistakes(document)):
        raise Unusable("; ".join(mistakes))
    env, phases = document.get("env") or {}, document.get("phases") or {}
    return Buildspec(
        phases=tuple(_phase(name, phases.get(name) or {}) for name in PHASES),
        shell="bash" if env.get("shell") == "bash" else "sh",
        variables=_texts(env.get("variables")),
        parameters=_texts(env.get("parameter-store")),
        secrets=_texts(env.get("secrets-manager")),
        exported=_list(env.get("exported-variables")),
        artifacts=tuple(_artifacts(document.get("artifacts") or {})),
        runtimes=_texts((phases.get("install") or {}).get("runtime-versions")),
        notes=tuple(_notes(document)),
    )


def _mistakes(document: Mapping[str, Any]) -> Iterator[str]:
    version = str(document.get("version", ""))
    if version != "0.2":
        yield f"version {version or '(none)'} of the buildspec is not imitated here; write version: 0.2"
    yield from _unknown(document, _TOP, "the buildspec")
    env, phases = document.get("env") or {}, document.get("phases") or {}
    if not isinstance(env, dict) or not isinstance(phases, dict):
        yield "env and phases of the buildspec are mappings"
        return
    yield from _unknown(env, _ENV, "env")
    if env.get("shell", "") not in _SHELLS:
        yield f"the shell {env['shell']} is not imitated here; use bash or /bin/sh"
    yield from _unknown(phases, frozenset(PHASES), "phases")
    if not any(phases.get(name) for name in PHASES):
        yield "phases has no commands"
    for name in PHASES:
        phase = phases.get(name) or {}
        if not isinstance(phase, dict):
            yield f"phase {name} is a mapping with commands"
            continue
        yield from _unknown(phase, _PHASE, f"phase {name}")
        yield from _subkeys(phase)
        if phase.get("on-failure", "ABORT") not in ("ABORT", "CONTINUE"):
            yield f"on-failure {phase['on-failure']} of phase {name} is not imitated here; use ABORT or CONTINUE"
    artifacts = document.get("artifacts") or {}
    yield from _unknown(artifacts, _ARTIFACT, "artifacts")
    for name, one in (artifacts.get("secondary-artifacts") or {}).items():
        yield from _unknown(one or {}, _ARTIFACT, f"secondary artifact {name}")


def _unknown(document: Mapping[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    yield from (f"{key} of {where} is not imitated here; leave it out" for key in document if key not in known)


def _subkeys(phase: Mapping[str, Any]) -> Iterator[str]:
    """A command with a colon in it is a mapping to YAML; AWS refuses it in these words."""
    for key in ("commands", "finally"):
        commands = phase.get(key)
        for number, command in enumerate(commands if isinstance(commands, list) else ()):
            if isinstance(command, dict | list):
                yield f"Expected {key.capitalize()}[{number}] to be of string type: found subkeys instead; quote it"


def _notes(document: Mapping[str, Any]) -> Iterator[str]:
    if document.get("reports"):
        yield "reports has no effect: the embedded AWS has no report groups; the files stay in the build"
    if document.get("cache"):
        yield "cache has no effect: each build begins without one"
    if any("run-as" in (document["phases"].get(name) or {}) for name in PHASES):
        yield "run-as has no effect: all commands run as the one user of the build"
    if _is_yes((document.get("env") or {}).get("git-credential-helper")):
        yield "git-credential-helper has no effect: git gets no credentials here"
    if _is_yes((document.get("artifacts") or {}).get("enable-symlinks")):
        yield "enable-symlinks has no effect: an artifact holds the files that links lead to"


def _phase(name: str, document: Mapping[str, Any]) -> Phase:
    return Phase(
        name, _list(document.get("commands")), _list(document.get("finally")), str(document.get("on-failure", ""))
    )


def _artifacts(document: Mapping[str, Any]) -> Iterator[Artifact]:
    if document.get("files"):
        yield _artifact("", document)
    for name, one in (document.get("secondary-artifacts") or {}).items():
        yield _artifact(name, one)


def _artifact(identifier: str, document: Mapping[str, Any]) -> Artifact:
    return Artifact(
        id=identifier,
        files=_list(document.get("files")),
        base=str(document.get("base-directory") or ""),
        name=str(document.get("name") or ""),
        exclude=_list(document.get("exclude-paths")),
        is_flat=_is_yes(document.get("discard-paths")),
    )


def _is_yes(value: object) -> bool:
    """YAML reads `yes` as true."""
    return value is True or str(value).lower() in {"yes", "true"}


def _list(value: object) -> tuple[str, ...]:
    match value:
        case None:
            return ()
        case list():
            return tuple(_text(item) for item in value)
    return (_text(value),)


def _texts(value: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(key): _text(item) for key, item in (value or {}).items()}


def _text(value: object) -> str:
    """A scalar as it was written, as far as YAML tells."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
