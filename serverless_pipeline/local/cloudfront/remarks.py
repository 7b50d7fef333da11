"""What of a distribution has no effect here is said: in the event of the stack that makes it, and in the log.

https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront.configuration import parse, text

KIND = "AWS::CloudFront::Distribution"

_LOG = logging.getLogger("cloudfront")
_OF_DISTRIBUTIONS = {
    "Aliases/Items/CNAME": "Aliases: it answers at its local address only",
    "WebACLId": "WebACLId: no request is blocked",
    "Logging/Bucket": "Logging: nothing is logged",
    "OriginGroups/Items/OriginGroup": "OriginGroups: there is no second origin after a failure",
    "ContinuousDeploymentPolicyId": "ContinuousDeploymentPolicyId: there is no staging distribution",
}
_OF_BEHAVIORS = {
    "LambdaFunctionAssociations/Items/LambdaFunctionAssociation": "LambdaFunctionAssociations: Lambda@Edge is not run",
    "TrustedKeyGroups/Items/KeyGroup": "TrustedKeyGroups: everybody sees what wants a signed address",
    "TrustedSigners/Items/AwsAccountNumber": "TrustedSigners: everybody sees what wants a signed address",
    "FieldLevelEncryptionId": "FieldLevelEncryptionId: nothing is encrypted",
    "RealtimeLogConfigArn": "RealtimeLogConfigArn: nothing is logged",
}


def of_distribution(physical_id: str) -> str:
    """The sentence about a distribution; empty where everything has its effect, or there is none."""
    distribution = seams.DISTRIBUTIONS.value.get(physical_id)
    return sentence(distribution) if distribution else ""


def log(distribution: Mapping[str, Any]) -> None:
    """Say it in the log of the embedded AWS, once for each configuration of a distribution."""
    if distribution.get("_remarked") != distribution["ETag"]:
        distribution["_remarked"] = distribution["ETag"]  # type: ignore[index]
        if words := sentence(distribution):
            _LOG.warning("The distribution %s: %s", distribution["Id"], words)


def sentence(distribution: Mapping[str, Any]) -> str:
    """All of it; empty where everything has its effect."""
    said = list(remarks(parse(distribution)))
    return f"No effect on a laptop have {'; '.join(said)}" if said else ""


def remarks(configuration: Element) -> Iterator[str]:
    """What of a configuration has no effect, each once."""
    for path, remark in _OF_DISTRIBUTIONS.items():
        if text(configuration, path):
            yield remark
    if text(configuration, "Restrictions/GeoRestriction/RestrictionType") not in {"", "none"}:
        yield "GeoRestriction: every country is served"
    behaviors = [
        *configuration.findall("{*}DefaultCacheBehavior"),
        *configuration.findall("{*}CacheBehaviors/{*}Items/{*}CacheBehavior"),
    ]
    for path, remark in _OF_BEHAVIORS.items():
        steps = "/".join(f"{{*}}{step}" for step in path.split("/"))
        if any(found.text or len(found) for behavior in behaviors for found in behavior.findall(steps)):
            yield remark
    if any(text(behavior, "Compress") == "true" for behavior in behaviors):
        yield "Compress: files are sent as they lie in their origin"
    functions = [behavior.find("{*}FunctionAssociations/{*}Items/{*}FunctionAssociation") for behavior in behaviors]
    if any(function is not None for function in functions) and not seams.FUNCTIONS_CAN_RUN():
        yield "FunctionAssociations: node is not installed, requests for them end in 503"
