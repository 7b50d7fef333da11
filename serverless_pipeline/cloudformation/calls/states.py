"""AWS Step Functions.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.kms import KEY
from serverless_pipeline.cloudformation.calls.model import Calls, Resource, of, regional

_states = of("states")
_kms = of("kms")("Decrypt DescribeKey GenerateDataKey")

ACTIVITY = regional("states", "activity:{stack}-*", one="activity:{tail}")
MACHINE = regional("states", "stateMachine:{stack}-*", "stateMachine:{logical}-*", one="stateMachine:{tail}")
"""The name of a machine that has none begins with its logical ID: nothing of the stack is in it."""
# Of the machine whose version or alias it is; another resource makes it, by whose logical ID it can be named.
OF_MACHINE = Resource("{base}", regional("states", "stateMachine:*", one="").patterns)

TYPES: Mapping[str, Calls] = {
    "AWS::StepFunctions::Activity": Calls(
        ACTIVITY,
        create=_states("CreateActivity DescribeActivity"),
        read=_states("DescribeActivity ListTagsForResource"),
        update=_states("ListTagsForResource"),
        delete=_states("DeleteActivity DescribeActivity"),
        properties={"EncryptionConfiguration": ("kms:DescribeKey",)},
        tag=_states("TagResource"),
        untag=_states("UntagResource"),
        elsewhere={"kms:DescribeKey": KEY},
    ),
    "AWS::StepFunctions::StateMachine": Calls(
        MACHINE,
        create=_states("CreateStateMachine DescribeStateMachine"),
        read=_states("DescribeStateMachine ListTagsForResource"),
        update=_states("UpdateStateMachine ListTagsForResource"),
        delete=_states("DeleteStateMachine DescribeStateMachine"),
        properties={"EncryptionConfiguration": _kms},
        tag=_states("TagResource"),
        untag=_states("UntagResource"),
        passes={"RoleArn": "states.amazonaws.com"},
        objects=("DefinitionS3Location",),
        elsewhere=dict.fromkeys(_kms, KEY),
    ),
    "AWS::StepFunctions::StateMachineAlias": Calls(
        OF_MACHINE,
        create=_states("CreateStateMachineAlias DescribeStateMachineAlias"),
        read=_states("DescribeStateMachineAlias"),
        update=_states("UpdateStateMachineAlias DescribeStateMachineAlias"),
        delete=_states("DeleteStateMachineAlias DescribeStateMachineAlias"),
        properties={"DeploymentPreference": ("cloudwatch:DescribeAlarms",)},
        elsewhere={"cloudwatch:DescribeAlarms": regional("cloudwatch", "alarm:*", one="alarm:*")},
    ),
    "AWS::StepFunctions::StateMachineVersion": Calls(
        OF_MACHINE,
        create=_states("PublishStateMachineVersion DescribeStateMachine ListStateMachineVersions"),
        read=_states("DescribeStateMachine"),
        delete=_states("DeleteStateMachineVersion DescribeStateMachine"),
    ),
}
