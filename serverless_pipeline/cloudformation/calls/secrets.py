"""AWS Secrets Manager and the parameters of AWS Systems Manager.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.kms import KEY
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, of, regional

_secret, _ssm = of("secretsmanager"), of("ssm")
_kms = of("kms")("Decrypt GenerateDataKey")

PARAMETER = regional(
    "ssm", "parameter/{stack}-*", "parameter/{stack}/*", "parameter/CFN-{logical}-*", one="parameter/{bare}"
)
"""The name of a parameter that has none begins with CFN and its logical ID: nothing of the stack is in it."""
SECRET = regional(
    "secretsmanager",
    "secret:{stack}-*",
    "secret:{stack}/*",
    "secret:/{stack}/*",
    "secret:{logical}-*",
    one="secret:{tail}",
)
"""The name of a secret that has none begins with its logical ID: nothing of the stack is in it."""

TYPES: Mapping[str, Calls] = {
    "AWS::SSM::Parameter": Calls(
        PARAMETER,
        create=_ssm("PutParameter GetParameters"),
        read=_ssm("GetParameters ListTagsForResource"),
        update=_ssm("PutParameter GetParameters"),
        delete=_ssm("DeleteParameter"),
        tag=_ssm("AddTagsToResource"),
        untag=_ssm("RemoveTagsFromResource"),
    ),
    "AWS::SecretsManager::Secret": Calls(
        SECRET,
        create=_secret("CreateSecret DescribeSecret"),
        read=_secret("DescribeSecret GetSecretValue"),
        update=_secret("UpdateSecret GetSecretValue"),
        delete=_secret("DeleteSecret DescribeSecret"),
        properties={
            "GenerateSecretString": _secret("GetRandomPassword"),
            # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
            "KmsKeyId": _kms,
            "ReplicaRegions": _secret("ReplicateSecretToRegions"),
        },
        removals={"ReplicaRegions": _secret("RemoveRegionsFromReplication")},
        tag=_secret("TagResource"),
        untag=_secret("UntagResource"),
        elsewhere={"secretsmanager:GetRandomPassword": ANYTHING, **dict.fromkeys(_kms, KEY)},
    ),
}
