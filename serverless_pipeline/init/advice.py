"""What a person has to decide or add, because no file of the project says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.environment import delivery
from serverless_pipeline.init import settings_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.init.survey import Survey
    from serverless_pipeline.init.templates import Template

_PAGE = "https://github.com/serverless-pipeline/serverless-pipeline/blob/main/docs/environments.md"


def lines(survey: Survey) -> Iterator[str]:
    """In words, one after the other."""
    for name in survey.requirements.missing:
        setting = survey.requirements.setting.partition(":")[0]
        yield f"{name} in {setting}, for the task package: uv add --dev {name}, or name it there by hand"
    if survey.template:
        yield from _of_template(survey, survey.template)


def _of_template(survey: Survey, template: Template) -> Iterator[str]:
    if template.undecided:
        values = ",".join(f"{name}=…" for name in template.undecided)
        yield f"values of parameters of {template.path} that have no default; in invoke.yaml: parameters: {values}"
    for one in delivery.read(template.body):
        if not (survey.place.folder / one.path).exists():
            yield f"{one.path}, which {template.path} delivers as {one.name}: the task package has to leave it"
    if survey.site and not template.has_site:
        bucket = f"a bucket with Metadata: Delivery: {{Path: {survey.site.folder}}}"
        yield f"{bucket} in {template.path}, if the site shall be delivered; see {_PAGE}"
    if not settings_file.address(survey):
        yield f"an output of {template.path} that says where it answers, such as ApiUrl; without one nothing tests it"
