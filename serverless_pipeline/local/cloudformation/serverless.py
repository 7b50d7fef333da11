"""The transform `AWS::Serverless-2016-10-31`: a SAM template becomes a plain one, by AWS's own translator.

MiniStack hands the translator no values of parameters and no metadata, and takes whatever fails for a template out of
order. On AWS a change set whose template cannot be transformed fails, and says why. See
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-serverless.html.
"""

import copy
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from serverless_pipeline.local import seams

TRANSFORM = "AWS::Serverless-2016-10-31"
AWS_POLICY = "arn:aws:iam::aws:policy/"

Template = dict[str, Any]
Apply = Callable[..., Template]

_environment = threading.Lock()


def install() -> None:
    """Transform SAM templates here, and have MiniStack do the other transforms before.

    The translator counts what it does for AWS's own service, and warns that nobody collects it.
    """
    logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)
    seams.APPLY_TRANSFORMS.wrap(transforming)


def transforming(apply: Apply) -> Apply:
    """A template with all of its transforms applied, or what MiniStack makes of one that cannot be."""

    def transform(template: Template, provided: Any = None, previous: Any = None) -> Template:  # noqa: ANN401 - as MiniStack's
        if TRANSFORM not in seams.DECLARED_TRANSFORMS(template):
            return apply(template, provided, previous)
        plain: Template = apply(seams.WITHOUT_TRANSFORM(template, TRANSFORM), provided, previous)
        if not isinstance(plain, seams.TRANSFORM_FAILED.value):
            plain = expand(plain, seams.TRANSFORM_PARAMETERS(plain, provided, previous))
        return plain

    return transform


def expand(template: Template, values: Mapping[str, Any]) -> Template:
    """A SAM template as a plain one; `values` are those of its parameters."""
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.transform import transform

    policies = SimpleNamespace(load=_managed_policies)
    try:
        with _in_region(seams.GET_REGION()):
            plain: Template = transform(copy.deepcopy(template), dict(values), policies, passthrough_metadata=True)
    except InvalidDocumentException as error:
        causes = " ".join([error.message, *(cause.message for cause in error.causes)])
        failed: Template = seams.TRANSFORM_FAILED(template, f"Transform {TRANSFORM} failed with: {causes}")
        return failed
    return plain


def _managed_policies() -> dict[str, str]:
    """The ARNs of AWS's managed policies by their names, for those that the translator does not know itself."""
    return {arn.rpartition("/")[2]: arn for arn in seams.AWS_MANAGED_POLICIES.value}


@contextmanager
def _in_region(region: str) -> Iterator[None]:
    """The translator asks boto3 for its region, which asks the environment."""
    with _environment:
        before = os.environ.get("AWS_DEFAULT_REGION")
        os.environ["AWS_DEFAULT_REGION"] = region
        try:
            yield
        finally:
            if before is None:
                del os.environ["AWS_DEFAULT_REGION"]
            else:
                os.environ["AWS_DEFAULT_REGION"] = before
