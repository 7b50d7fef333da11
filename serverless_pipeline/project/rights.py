"""What CloudFormation may do in an environment: statements that follow from the types in its template.

They are for the life of a stack, on names that begin with its name, and end at the permissions boundary if there is
one. A project adds statements in a policy document of its own, the setting `environment_policy`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import permissions, sam, statements
from serverless_pipeline.cloudformation.template import WHOLE, outside
from serverless_pipeline.environment import notation, text
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import environments, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from serverless_pipeline.project.environment_template import EnvironmentTemplate
    from serverless_pipeline.settings import Settings

_NAMES = {"region": "${AWS::Region}", "account": "${AWS::AccountId}", "partition": "${AWS::Partition}"}
_ASSETS = "arn:${AWS::Partition}:s3:::${ArtifactBucket}/assets/*"


def of(settings: Settings, template: EnvironmentTemplate) -> dict[str, list[dict[str, Any]]]:
    """The statements of each environment's service role, by its name; names in them are for `Fn::Sub`.

    Raises:
        Misconfigured: the project's own statements cannot be read, or its SAM template cannot be expanded.
    """
    own = json.loads(own_statements(settings))
    listed = resources(template)
    boundary = "${PermissionsBoundary}" if settings.permissions_boundary else ""
    derived = {
        one.name: permissions.rights(
            listed, _NAMES | {"stack": f"${{StackName}}-{one.lower}"}, reads=(_ASSETS,), boundary=boundary
        )
        for one in environments.of(settings)
    }
    return {name: [*_substituted(rights.statements), *own] for name, rights in derived.items()}


def documents(listed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The statements as the one policy that a role holds itself, or as several that it can have."""
    inline = statements.documents(listed, statements.LARGEST_INLINE)
    return inline if len(inline) == 1 else statements.documents(listed)


def advice(settings: Settings, template: EnvironmentTemplate) -> Iterator[str]:
    """What CloudFormation will not be allowed to make, in words: types that no right follows from, names of others."""
    for kind in permissions.unknown(resources(template)):
        yield f"nobody told what CloudFormation needs for {kind}; name statements with the setting environment_policy"
    body, *nested = [sam.expand(one) for one in template.bodies]
    for environment in environments.of(settings):
        known = parameters.known(settings, environment, "") | parameters.of_settings(settings, environment)
        yield from outside(body, environment.stack, known)
        if len(environment.stack) > WHOLE:
            yield (
                f"the stack {environment.stack} has a name of more than {WHOLE} characters; CloudFormation cuts it in "
                f"names that it makes, and may then not be allowed to; choose a shorter stack_name"
            )
        for one in nested:  # their values come from the template that nests them
            yield from outside(one, environment.stack)


def resources(template: EnvironmentTemplate) -> list[tuple[str, Mapping[str, Any]]]:
    """The resources that CloudFormation makes of the template and of those that it nests, by their logical IDs."""
    return [one for body in template.bodies for one in (sam.expand(body).get("Resources") or {}).items()]


def own_statements(settings: Settings) -> str:
    """The statements of the policy document that the settings name, as JSON.

    Raises:
        Misconfigured: it is not there, or is no policy document.
    """
    if not settings.environment_policy:
        return "[]"
    name = settings.environment_policy
    body = notation.read(text.read(Path(name), name), name)
    own = body.get("Statement") if isinstance(body, dict) else None
    if not isinstance(own, list) or not all(isinstance(one, dict) for one in own):
        raise Misconfigured(
            f"environment_policy: {name} must be a policy document with a list Statement",
            hint="write it as IAM does, then invoke pipeline.up",
        )
    return json.dumps(own, sort_keys=True)


def _substituted(value: Any) -> Any:  # noqa: ANN401 - any part of a policy document
    """The same where each text that names something is one for `Fn::Sub`."""
    match value:
        case str() if "${" in value:
            return {"Fn::Sub": value}
        case list():
            return [_substituted(one) for one in value]
        case dict():
            return {key: _substituted(one) for key, one in value.items()}
    return value
