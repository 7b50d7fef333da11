"""How the embedded AWS behaves where an account can be one way or another: a choice of its start.

It goes from the settings to the process in variables, and stands in the record of the server beside its address.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from serverless_pipeline.local import repositories
from serverless_pipeline.settings import Settings

EVENTUAL = "SERVERLESS_PIPELINE_EVENTUAL"
BLOCK_PUBLIC_ACCESS = "SERVERLESS_PIPELINE_BLOCK_PUBLIC_ACCESS"
SANDBOX = "SERVERLESS_PIPELINE_SANDBOX"
TIMING = "SERVERLESS_PIPELINE_CODEPIPELINE_TIMING"
STUB_PROVIDERS = "SERVERLESS_PIPELINE_STUB_PROVIDERS"
CONCURRENCY = "LAMBDA_ACCOUNT_CONCURRENCY"
"""MiniStack reads this one as well, and lets no more invocations in."""


@dataclass(frozen=True)
class Modes:
    """What may be chosen.

    `eventual` is how many seconds what takes its time on AWS takes here, 0 for none; `concurrency` how many functions
    run at once; `codepipeline_timing` how long CodePipeline waits, such as `answer=60,approval=600`, `repositories`
    which paths stand for `owner/name`.
    """

    eventual: float = 0.0
    block_public_access: bool = False
    sandbox: str = "automatic"
    concurrency: int = 100
    codepipeline_timing: str = ""
    repositories: Mapping[str, str] = field(default_factory=dict, hash=False)
    stub_providers: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> "Modes":
        """As the project chose."""
        return cls(
            settings.local_eventual,
            settings.local_block_public_access,
            settings.local_sandbox,
            settings.local_concurrency,
            ",".join(f"{name}={value}" for name, value in sorted(settings.local_codepipeline_timing.items())),
            {name: str(Path(path).expanduser().resolve()) for name, path in settings.local_repositories.items()},
            settings.local_stub_providers,
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Modes":
        """As the process was told."""
        return cls(
            float(environment.get(EVENTUAL) or 0),
            environment.get(BLOCK_PUBLIC_ACCESS) == "true",
            environment.get(SANDBOX) or cls.sandbox,
            int(environment.get(CONCURRENCY) or cls.concurrency),
            environment.get(TIMING) or "",
            repositories.read(environment.get(repositories.VARIABLE, "")),
            environment.get(STUB_PROVIDERS) == "true",
        )

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Modes":
        """As they were written down, by a version that knew them."""
        return cls(
            float(document.get("eventual", 0)),
            bool(document.get("block_public_access", False)),
            str(document.get("sandbox", cls.sandbox)),
            int(document.get("concurrency", cls.concurrency)),
            str(document.get("codepipeline_timing", "")),
            dict(document.get("repositories", {})),
            bool(document.get("stub_providers", False)),
        )

    def environment(self) -> dict[str, str]:
        """The variables that tell a process."""
        return {
            EVENTUAL: str(self.eventual),
            BLOCK_PUBLIC_ACCESS: str(self.block_public_access).lower(),
            SANDBOX: self.sandbox,
            CONCURRENCY: str(self.concurrency),
            TIMING: self.codepipeline_timing,
            repositories.VARIABLE: repositories.write(self.repositories),
            STUB_PROVIDERS: str(self.stub_providers).lower(),
        }

    def document(self) -> dict[str, Any]:
        """What is written down."""
        return asdict(self)

    def differences(self, other: "Modes") -> list[str]:
        """The settings in which another is not this, each with its value here and there."""
        here, there = asdict(self), asdict(other)
        names = [name for name in here if here[name] != there[name]]
        return [f"local_{name} is {_text(there[name])} and not {_text(here[name])}" for name in names]


def _text(value: float | bool | str | Mapping[str, str]) -> str:  # noqa: FBT001 - one of them
    if isinstance(value, Mapping):
        return ",".join(f"{name}={path}" for name, path in value.items()) or "nothing"
    if isinstance(value, str):
        return value or "(none)"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"
