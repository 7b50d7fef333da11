"""A template as CloudFormation has it after its transforms: of SAM, and of the language's extensions.

CloudFormation does this itself when it makes a change set. Here it is done to know the resources beforehand, and with
them the rights that they need: SAM makes roles, APIs and permissions that nobody wrote. What is made is looked at and
thrown away, so places that are filled when the template is packaged need not be filled.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-serverless.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html.
Not looked into are AWS::Include, macros of one's own, and applications of the Serverless Application Repository.
"""

from __future__ import annotations

import logging
from copy import deepcopy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SAM = "AWS::Serverless-2016-10-31"
LANGUAGE = "AWS::LanguageExtensions"

_APPLICATION = "AWS::Serverless::Application"
_PLACES = ("CodeUri", "ContentUri", "DefinitionUri", "SchemaUri")
"""Properties in which a local path stands until the template is packaged."""
_PLACE = "s3://bucket/key"
_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:latest"


def expand(
    body: Mapping[str, Any], *, region: str = "us-east-1", values: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The template without the transforms that are known here; `values` are those of its parameters.

    The template is one with functions in their long form (`{"Fn::GetAtt": ["Table", "Arn"]}`).

    Raises:
        Misconfigured: a transform refuses the template, by resource, or what translates SAM is not installed.
    """
    declared = transforms(body)
    expanded = _with_values(deepcopy(dict(body)), values or {})
    if LANGUAGE in declared:
        expanded = _looped(expanded, region)
    if SAM in declared:
        expanded = _translated(expanded, region)
    left = [one for one in _declared(body) if one not in (LANGUAGE, SAM)]
    original = {"Parameters": body["Parameters"]} if "Parameters" in body else {}
    done = {name: value for name, value in expanded.items() if name != "Transform"}
    return {**done, **original, **({"Transform": left} if left else {})}


def transforms(body: Mapping[str, Any]) -> list[str]:
    """The transforms that a template declares at its top, in their order."""
    return [str(one["Name"] if isinstance(one, dict) else one) for one in _declared(body)]


def _declared(body: Mapping[str, Any]) -> list[Any]:
    declared = body.get("Transform") or []
    return declared if isinstance(declared, list) else [declared]


def _with_values(body: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The template with values as the defaults of its parameters."""
    for name, declaration in (body.get("Parameters") or {}).items():
        if name in values:
            declaration["Default"] = values[name]
    return body


def _looped(body: dict[str, Any], region: str) -> dict[str, Any]:
    """The template with its loops written out; where a list is not known, with names that are made up."""
    from cfnlint.template import Template
    from cfnlint.template.transforms import Transform

    template = Template("template", {**body, "Transform": LANGUAGE}, [region])
    if mistakes := Transform().transform(template):
        raise _refusal(LANGUAGE, (mistake.message for mistake in mistakes))
    return dict(template.template)


def _translated(body: dict[str, Any], region: str) -> dict[str, Any]:
    """The template with the resources that SAM makes of its own."""
    try:
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ImportError as error:
        raise Misconfigured(
            "the template is one of SAM, and what translates it is not installed",
            hint="pip install aws-sam-translator",
        ) from error
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    resources = body.get("Resources") or {}
    published = {name: one for name, one in resources.items() if _is_published(one)}
    kept = {name: _placed(one) for name, one in resources.items() if name not in published}
    prepared = {**body, "Transform": SAM, "Globals": _placed(body.get("Globals") or {}), "Resources": kept}
    translator = Translator(None, Parser(), boto_session=SimpleNamespace(region_name=region))
    try:
        translated = translator.translate(prepared, parameter_values={}, get_managed_policy_map=dict)
    except InvalidDocumentException as error:
        raise _refusal(SAM, (cause.message for cause in error.causes)) from error
    return {**translated, "Resources": {**translated["Resources"], **published}}


def _is_published(resource: Any) -> bool:  # noqa: ANN401 - whatever a template holds
    """Whether a resource is an application of the repository, which only the service can look into."""
    if not isinstance(resource, dict) or resource.get("Type") != _APPLICATION:
        return False
    return not isinstance((resource.get("Properties") or {}).get("Location"), str)


def _placed(value: Any) -> Any:  # noqa: ANN401 - the same
    """The same with a place in S3 where a local path stands, and with an image where one is still to be built."""
    if isinstance(value, list):
        return [_placed(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    filled = {name: _PLACE if _is_local(name, entry) else _placed(entry) for name, entry in value.items()}
    return {"ImageUri": _IMAGE, **filled} if filled.get("PackageType") == "Image" else filled


def _is_local(name: str, value: Any) -> bool:  # noqa: ANN401 - the same
    return name in _PLACES and isinstance(value, str) and not value.startswith("s3://")


def _refusal(transform: str, mistakes: Iterable[str]) -> Misconfigured:
    told = "\n".join(f"  {mistake}" for mistake in mistakes)
    return Misconfigured(f"the transform {transform} refuses the template:\n{told}")
