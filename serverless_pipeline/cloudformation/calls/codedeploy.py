"""AWS CodeDeploy, by which a template of SAM shifts the traffic of a function.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, of, regional

_deploy = of("codedeploy")

APPLICATION = regional("codedeploy", "application:{stack}-*", one="application:{ApplicationName}")
CONFIGURATION = regional("codedeploy", "deploymentconfig:*", one="deploymentconfig:*")
"""AWS's own as well, such as CodeDeployDefault.LambdaAllAtOnce, which a stack does not name."""
GROUP = regional("codedeploy", "deploymentgroup:{stack}-*/*", one="deploymentgroup:{ApplicationName}/{id}")

TYPES: Mapping[str, Calls] = {
    "AWS::CodeDeploy::Application": Calls(
        regional("codedeploy", "application:{stack}-*", one="application:{id}"),
        create=_deploy("CreateApplication"),
        read=_deploy("GetApplication ListTagsForResource"),
        delete=_deploy("DeleteApplication GetApplication"),
        tag=_deploy("TagResource"),
        untag=_deploy("UntagResource"),
    ),
    "AWS::CodeDeploy::DeploymentGroup": Calls(
        GROUP,
        create=_deploy("CreateDeploymentGroup GetDeployment GetDeploymentConfig GetDeploymentGroup ListDeployments"),
        read=_deploy("GetDeploymentGroup GetDeployment ListDeployments ListTagsForResource"),
        update=_deploy("UpdateDeploymentGroup GetDeployment GetDeploymentConfig ListDeployments"),
        delete=_deploy("DeleteDeploymentGroup GetDeploymentGroup"),
        properties={
            "Deployment": _deploy("CreateDeployment StopDeployment GetApplicationRevision RegisterApplicationRevision")
        },
        removals={"Deployment": _deploy("StopDeployment")},
        tag=_deploy("TagResource"),
        untag=_deploy("UntagResource"),
        passes={"ServiceRoleArn": "codedeploy.amazonaws.com"},
        elsewhere={
            "codedeploy:GetDeploymentConfig": CONFIGURATION,
            "codedeploy:GetApplicationRevision": APPLICATION,
            "codedeploy:RegisterApplicationRevision": APPLICATION,
            "codedeploy:StopDeployment": ANYTHING,
        },
    ),
}
