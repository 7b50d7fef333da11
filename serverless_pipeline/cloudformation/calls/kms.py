"""AWS Key Management Service; the ID of a key is drawn by the service, so that no name bounds it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_kms = of("kms")
_PREFIX = "arn:{partition}:kms:{region}:{account}:"

KEY = regional("kms", "key/*", one="key/*")
"""A key that a property names, be it by its ID, its ARN or an alias: it can be anyone's whose own policy allows it."""

TYPES: Mapping[str, Calls] = {
    "AWS::KMS::Alias": Calls(
        # an alias, and the key that it is for
        Resource(f"{_PREFIX}{{id}}", (f"{_PREFIX}alias/{{stack}}-*", f"{_PREFIX}alias/{{stack}}/*", f"{_PREFIX}key/*")),
        create=_kms("CreateAlias"),
        read=_kms("ListAliases"),
        update=_kms("UpdateAlias"),
        delete=_kms("DeleteAlias"),
        elsewhere={"kms:ListAliases": ANYTHING},
    ),
    "AWS::KMS::Key": Calls(
        regional("kms", "key/*", one="key/{id}"),
        create=_kms("CreateKey PutKeyPolicy"),
        read=_kms("DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
        update=_kms("DescribeKey ListResourceTags"),
        delete=_kms("ScheduleKeyDeletion DescribeKey"),
        properties={
            "Enabled": _kms("EnableKey DisableKey"),
            "EnableKeyRotation": _kms("EnableKeyRotation DisableKeyRotation"),
            "RotationPeriodInDays": _kms("EnableKeyRotation"),
        },
        changes={
            "Description": _kms("UpdateKeyDescription"),
            "KeyPolicy": _kms("PutKeyPolicy"),
        },
        removals={
            "Description": _kms("UpdateKeyDescription"),
            "Enabled": _kms("EnableKey"),
            "EnableKeyRotation": _kms("DisableKeyRotation"),
            "RotationPeriodInDays": _kms("EnableKeyRotation"),
        },
        tag=_kms("TagResource"),
        untag=_kms("UntagResource"),
        elsewhere={"kms:CreateKey": ANYTHING},
    ),
}
