"""AWS Lambda.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.codedeploy import CONFIGURATION, GROUP
from serverless_pipeline.cloudformation.calls.kms import KEY
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_lambda = of("lambda")
_ec2 = of("ec2")("DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcs")
_efs = ("elasticfilesystem:DescribeMountTargets", "s3files:ListMountTargets")
_kms = of("kms")("CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey")
_deploy = of("codedeploy")("CreateDeployment GetDeployment GetDeploymentConfig GetDeploymentGroup StopDeployment")
_MAPPING_KEY = of("kms")("Decrypt DescribeKey GenerateDataKey")
_SHIFTING = Resource(
    regional("codedeploy", one="deploymentgroup:*/{id}").arn,
    GROUP.patterns,
    each="UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName",
)

FUNCTION = regional("lambda", "function:{stack}-*", one="function:{function}")
LAYERS = regional("lambda", "layer:{stack}-*", "layer:{LayerName}", "layer:{LayerName}:*", one="")
"""A layer without a name of its own has its logical ID as one: nothing of the stack is in it."""
LAYER_NAME = {"LayerName": "{logical}"}
MAPPING = regional("lambda", "event-source-mapping:*", one="event-source-mapping:{id}")
"""The ID of a mapping is drawn by the service; it is bounded by the function that it is for."""
OF_FUNCTION = ("lambda:FunctionArn", FUNCTION)
SIGNING = regional("lambda", "code-signing-config:*", one="code-signing-config:*")

TYPES: Mapping[str, Calls] = {
    "AWS::Lambda::Alias": Calls(
        FUNCTION,
        create=_lambda("CreateAlias GetProvisionedConcurrencyConfig"),
        read=_lambda("GetAlias GetProvisionedConcurrencyConfig"),
        update=_lambda("UpdateAlias GetAlias GetProvisionedConcurrencyConfig"),
        delete=_lambda("DeleteAlias GetAlias"),
        properties={
            "ProvisionedConcurrencyConfig": _lambda("PutProvisionedConcurrencyConfig"),
            "UpdatePolicy": _deploy,
        },
        removals={"ProvisionedConcurrencyConfig": _lambda("DeleteProvisionedConcurrencyConfig")},
        elsewhere={
            **dict.fromkeys(_deploy, _SHIFTING),
            "codedeploy:GetDeploymentConfig": CONFIGURATION,
            "codedeploy:StopDeployment": ANYTHING,
        },
    ),
    "AWS::Lambda::EventInvokeConfig": Calls(
        FUNCTION,
        create=_lambda("PutFunctionEventInvokeConfig"),
        read=_lambda("GetFunctionEventInvokeConfig"),
        update=_lambda("UpdateFunctionEventInvokeConfig"),
        delete=_lambda("DeleteFunctionEventInvokeConfig"),
    ),
    "AWS::Lambda::EventSourceMapping": Calls(
        Resource(MAPPING.arn, MAPPING.patterns, owner=OF_FUNCTION),
        create=_lambda("CreateEventSourceMapping GetEventSourceMapping"),
        read=_lambda("GetEventSourceMapping ListTags"),
        update=_lambda("UpdateEventSourceMapping GetEventSourceMapping"),
        delete=_lambda("DeleteEventSourceMapping GetEventSourceMapping"),
        properties={"KmsKeyArn": _MAPPING_KEY},
        tag=_lambda("TagResource"),
        untag=_lambda("UntagResource"),
        tags=MAPPING,
        elsewhere={
            "lambda:CreateEventSourceMapping": Resource("*", ("*",), owner=OF_FUNCTION),
            "lambda:ListTags": MAPPING,
            **dict.fromkeys(_MAPPING_KEY, KEY),
        },
    ),
    "AWS::Lambda::Function": Calls(
        FUNCTION,
        create=_lambda(
            "CreateFunction GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig "
            "GetRuntimeManagementConfig"
        ),
        read=_lambda(
            "GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig GetFunctionScalingConfig "
            "GetRuntimeManagementConfig"
        ),
        update=_lambda(
            "UpdateFunctionConfiguration GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig "
            "GetRuntimeManagementConfig"
        ),
        delete=_lambda("DeleteFunction GetFunction"),
        properties={
            "CapacityProviderConfig": _lambda("PassCapacityProvider"),
            "CodeSigningConfigArn": _lambda("GetCodeSigningConfig PutFunctionCodeSigningConfig"),
            "FileSystemConfigs": _efs,
            "FunctionScalingConfig": _lambda("PutFunctionScalingConfig"),
            "KmsKeyArn": _kms,
            "Layers": _lambda("GetLayerVersion"),
            "RecursiveLoop": _lambda("PutFunctionRecursionConfig"),
            "ReservedConcurrentExecutions": _lambda("PutFunctionConcurrency"),
            "RuntimeManagementConfig": _lambda("PutRuntimeManagementConfig"),
            "VpcConfig": _ec2,
        },
        changes={"Code": _lambda("UpdateFunctionCode"), "PublishToLatestPublished": _lambda("PublishVersion")},
        removals={
            "CodeSigningConfigArn": _lambda("DeleteFunctionCodeSigningConfig"),
            "FunctionScalingConfig": _lambda("PutFunctionScalingConfig"),
            "RecursiveLoop": _lambda("PutFunctionRecursionConfig"),
            "ReservedConcurrentExecutions": _lambda("DeleteFunctionConcurrency"),
            "RuntimeManagementConfig": _lambda("PutRuntimeManagementConfig"),
        },
        tag=_lambda("TagResource"),
        untag=_lambda("ListTags UntagResource"),
        passes={"Role": "lambda.amazonaws.com"},
        objects=("Code",),
        elsewhere={
            **dict.fromkeys((*_ec2, "s3files:ListMountTargets"), ANYTHING),
            **dict.fromkeys(_kms, KEY),
            "elasticfilesystem:DescribeMountTargets": regional(
                "elasticfilesystem", "file-system/*", "access-point/*", one="access-point/*"
            ),
            "lambda:GetCodeSigningConfig": SIGNING,
            # layers of others as well, such as those that AWS offers; they have to allow it themselves
            "lambda:GetLayerVersion": Resource("{id}", ("arn:{partition}:lambda:*:*:layer:*",), each="Layers.*"),
            "lambda:PassCapacityProvider": regional("lambda", "capacity-provider:*", one="capacity-provider:*"),
            "lambda:PutFunctionCodeSigningConfig": Resource(FUNCTION.arn, (*FUNCTION.patterns, *SIGNING.patterns)),
        },
    ),
    "AWS::Lambda::LayerVersion": Calls(
        Resource("{id}", LAYERS.patterns, missing=LAYER_NAME),
        create=_lambda("PublishLayerVersion"),
        read=_lambda("GetLayerVersion"),
        delete=_lambda("DeleteLayerVersion GetLayerVersion"),
        objects=("Content",),
        elsewhere={"lambda:PublishLayerVersion": Resource("{base}", LAYERS.patterns, missing=LAYER_NAME)},
    ),
    "AWS::Lambda::LayerVersionPermission": Calls(
        # of a layer that another resource makes, by whose logical ID it can be named
        Resource("{LayerVersionArn}", regional("lambda", "layer:*", one="").patterns),
        create=_lambda("AddLayerVersionPermission"),
        read=_lambda("GetLayerVersionPolicy"),
        delete=_lambda("RemoveLayerVersionPermission GetLayerVersionPolicy"),
    ),
    "AWS::Lambda::Permission": Calls(
        FUNCTION,
        create=_lambda("AddPermission"),
        read=_lambda("GetPolicy"),
        delete=_lambda("RemovePermission"),
    ),
    "AWS::Lambda::Url": Calls(
        FUNCTION,
        create=_lambda("CreateFunctionUrlConfig"),
        read=_lambda("GetFunctionUrlConfig"),
        update=_lambda("UpdateFunctionUrlConfig"),
        delete=_lambda("DeleteFunctionUrlConfig"),
    ),
    "AWS::Lambda::Version": Calls(
        FUNCTION,
        create=_lambda(
            "PublishVersion GetFunctionConfiguration GetProvisionedConcurrencyConfig GetRuntimeManagementConfig "
            "ListVersionsByFunction"
        ),
        read=_lambda(
            "GetFunctionConfiguration GetFunctionScalingConfig GetProvisionedConcurrencyConfig "
            "GetRuntimeManagementConfig"
        ),
        update=_lambda("GetFunctionConfiguration"),
        delete=_lambda("DeleteFunction GetFunctionConfiguration"),
        properties={
            "FunctionScalingConfig": _lambda("PutFunctionScalingConfig"),
            "ProvisionedConcurrencyConfig": _lambda("PutProvisionedConcurrencyConfig"),
            "RuntimePolicy": _lambda("PutRuntimeManagementConfig"),
        },
        removals={"FunctionScalingConfig": _lambda("PutFunctionScalingConfig")},
    ),
}
