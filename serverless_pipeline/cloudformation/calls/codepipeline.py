"""AWS CodePipeline.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.iam import ROLE
from serverless_pipeline.cloudformation.calls.model import Calls, Resource, of, regional

_pipeline = of("codepipeline")

PIPELINE = regional("codepipeline", "{stack}", one="{id}")

TYPES: Mapping[str, Calls] = {
    "AWS::CodePipeline::Pipeline": Calls(
        PIPELINE,
        create=(*_pipeline("CreatePipeline GetPipeline GetPipelineState"), "iam:GetRole"),
        read=_pipeline("GetPipeline GetPipelineState ListTagsForResource"),
        update=(*_pipeline("UpdatePipeline GetPipeline GetPipelineState"), "iam:GetRole"),
        delete=_pipeline("DeletePipeline GetPipeline"),
        tag=_pipeline("TagResource"),
        untag=_pipeline("UntagResource"),
        passes={"RoleArn": "codepipeline.amazonaws.com"},
        elsewhere={"iam:GetRole": Resource("{RoleArn}", ROLE.patterns, missing=ROLE.missing)},
    ),
}
