"""What this working tree would make of an environment, as the pipeline would deliver it: its stack, as it shall be."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.environment import packaging, values
from serverless_pipeline.project import bucket, environment_template, parameters, releases, templates

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.environment.values import Values
    from serverless_pipeline.project.environment_template import EnvironmentTemplate
    from serverless_pipeline.project.environments import Environment
    from serverless_pipeline.settings import Settings


def publish(settings: Settings, clients: Clients, environment: Environment) -> Desired:
    """Package the template and publish it, for CloudFormation to look at; of what it names, no zip is sent.

    Templates that it nests or includes are read while a change set is made, code is not.

    Raises:
        Error: there is no pipeline yet.
        Misconfigured: the template cannot be packaged.
    """
    template = environment_template.read(settings)
    artifacts, home = releases.bucket(settings, clients), bucket.name(settings, clients)
    address = bucket.url(clients, artifacts, "").rstrip("/")
    with tempfile.TemporaryDirectory(prefix="packaged-") as scratch:
        package = packaging.package(template.document, Path.cwd(), artifacts, address, Path(scratch))
        for key, path in package.assets.items():
            if not zipfile.is_zipfile(path):
                bucket.publish(clients, artifacts, key, path)
        key = f"templates/{hashlib.sha256(package.template.read_bytes()).hexdigest()}/environment.json"
        bucket.publish(clients, home, key, package.template.read_bytes())
    own = _configuration(settings, environment)
    return Desired(
        name=environment.stack,
        url=bucket.url(clients, home, key),
        parameters={**own.parameters, **_values(settings, clients, template, environment)},
        tags={**settings.stack_tags, **own.tags},
    )


def _configuration(settings: Settings, environment: Environment) -> Values:
    if not settings.template_configuration:
        return values.Values()
    return values.read(Path(templates.configuration(settings, environment)))


def _values(
    settings: Settings, clients: Clients, template: EnvironmentTemplate, environment: Environment
) -> dict[str, str]:
    known = parameters.known(settings, environment, clients.endpoint.url if clients.endpoint else "")
    given = {name: value for name, value in known.items() if name in template.shape.parameters}
    return given | parameters.of_settings(settings, environment)
