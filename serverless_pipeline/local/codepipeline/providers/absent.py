"""AWS's own providers that are not imitated: what AWS asks of their actions, and what to do instead on a laptop.

https://docs.aws.amazon.com/codepipeline/latest/userguide/integrations-action-type.html and
https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-action-artifacts.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.declaration import ActionType

_SOURCE = "use Source/CodeStarSourceConnection with the setting local_repositories on the local target, or Source/S3"
_TASK = "run the same commands in a task, by an Invoke/Lambda action"
_DELIVERY = "deliver by an Invoke/Lambda action on the local target"
_MOST = 10


@dataclass(frozen=True)
class Absent:
    """A provider of AWS's: the fewest and most artifacts that it takes and makes, and the keys that it requires."""

    way: str
    inputs: tuple[int, int] = (0, _MOST)
    outputs: tuple[int, int] = (0, _MOST)
    required: tuple[str, ...] = ()


_PROVIDERS = {
    ("Source", "CodeCommit"): Absent(_SOURCE, (0, 0), (1, 1), ("RepositoryName", "BranchName")),
    ("Build", "ECRBuildAndPublish"): Absent("images are built on an account"),
    ("Test", "DeviceFarm"): Absent("devices are tested on an account"),
    ("Deploy", "AppConfig"): Absent(_DELIVERY),
    ("Deploy", "CloudFormationStackInstances"): Absent(_DELIVERY),
    ("Deploy", "CloudFormationStackSet"): Absent(_DELIVERY),
    ("Deploy", "CodeDeploy"): Absent(_DELIVERY, (1, 1), (0, 0)),
    ("Deploy", "CodeDeployToECS"): Absent(_DELIVERY),
    ("Deploy", "EC2"): Absent(_DELIVERY),
    ("Deploy", "ECS"): Absent(_DELIVERY, (1, 1), (0, 0)),
    ("Deploy", "EKS"): Absent(_DELIVERY),
    ("Deploy", "ElasticBeanstalk"): Absent(_DELIVERY, (1, 1), (0, 0)),
    ("Deploy", "Lambda"): Absent(_DELIVERY),
    ("Deploy", "OpsWorks"): Absent(_DELIVERY),
    ("Deploy", "ServiceCatalog"): Absent(_DELIVERY),
    ("Invoke", "InspectorScan"): Absent(_TASK),
}


def find(kind: ActionType) -> Absent | None:
    """The provider of a type of action that AWS has and this embedded AWS lacks."""
    return _PROVIDERS.get((kind.category, kind.provider)) if (kind.owner, kind.version) == ("AWS", "1") else None


def names() -> dict[str, str]:
    """What to do instead, by the names of the providers, such as `Build/CodeBuild`."""
    return {f"{category}/{name}": absent.way for (category, name), absent in _PROVIDERS.items()}
