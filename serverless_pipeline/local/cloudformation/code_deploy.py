"""CodeDeploy, as far as SAM's `DeploymentPreference` needs it: an alias moves to its new version all at once.

MiniStack does not know the types of CodeDeploy. Here an application and a deployment group are kept, and do nothing:
CloudFormation moves the alias itself. A preference that shifts traffic in steps is done all at once, which an event of
the deployment group says; the functions that a preference runs before and after are refused, because they answer to
CodeDeploy. See
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatepolicy.html.
"""

from collections.abc import Callable, Mapping
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records

APPLICATION = "AWS::CodeDeploy::Application"
GROUP = "AWS::CodeDeploy::DeploymentGroup"
POLICY = "CodeDeployLambdaAliasUpdate"
HOOKS = ("BeforeAllowTrafficHook", "AfterAllowTrafficHook")

Properties = Mapping[str, Any]


def install() -> None:
    """Know both types, refuse what cannot be done, and say what is done otherwise."""
    handlers = seams.RESOURCE_HANDLERS.value
    for kind, named in {APPLICATION: "ApplicationName", GROUP: "DeploymentGroupName"}.items():
        handlers[kind] = keeping(named)
    seams.VALIDATE_TEMPLATE_SUPPORT.wrap(refusing_hooks)
    seams.ADD_EVENT.wrap(saying_so)


def keeping(named: str) -> dict[str, Callable[..., Any]]:
    """Handlers of a type that has a name, and nothing else."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        _demand_lambda(properties)
        return properties.get(named) or seams.PHYSICAL_NAME(stack, logical_id, max_len=100), {}

    def update(physical_id: str, _old: Properties, new: Properties, _stack: str) -> tuple[str, dict[str, Any]]:
        _demand_lambda(new)
        return new.get(named) or physical_id, {}

    return {"create": create, "update": update, "delete": lambda _physical_id, _properties: None}


class Unsupported(Exception):
    """What the embedded AWS does not do with CodeDeploy, and what to write instead."""


def refusing_hooks(validate: Callable[..., None]) -> Callable[..., None]:
    """A template whose aliases run functions before or after traffic is shifted is refused before anything is made."""

    def refuse(template: Mapping[str, Any], *others: Any, **more: Any) -> None:  # noqa: ANN401 - as MiniStack's
        validate(template, *others, **more)
        for logical_id, resource in (template.get("Resources") or {}).items():
            policy = (resource.get("UpdatePolicy") or {}).get(POLICY) or {}
            for hook in HOOKS:
                if policy.get(hook):
                    raise ValueError(
                        f"The embedded AWS has no CodeDeploy that {hook} of {logical_id} could answer to. "
                        "Leave Hooks out of its DeploymentPreference here, for example by a condition"
                    )

    return refuse


def saying_so(add: Callable[..., None]) -> Callable[..., None]:
    """The event of a deployment group that is made says that its traffic is not shifted in steps."""

    def say(stack_id: str, stack: str, logical_id: str, kind: str, status: str, *details: Any, **options: Any) -> None:  # noqa: ANN401
        if kind == GROUP and status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"} and not details:
            options.setdefault("reason", _deviation(stack, logical_id))
        add(stack_id, stack, logical_id, kind, status, *details, **options)

    return say


def _deviation(stack: str, logical_id: str) -> str:
    resource = records.stack(stack).get("_resources", {}).get(logical_id, {})
    configuration = str(resource.get("Properties", {}).get("DeploymentConfigName", ""))
    if not configuration or configuration.endswith("AllAtOnce"):
        return ""
    return f"The embedded AWS shifts all traffic at once, where AWS follows {configuration}"


def _demand_lambda(properties: Properties) -> None:
    if properties.get("ComputePlatform", "Lambda") != "Lambda":
        raise Unsupported(
            f"The embedded AWS deploys functions only, and the ComputePlatform is {properties['ComputePlatform']}"
        )
