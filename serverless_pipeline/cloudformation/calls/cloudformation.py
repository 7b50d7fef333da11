"""AWS CloudFormation itself: stacks in stacks, custom resources, and what is nothing but an entry in a template.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.lambda_ import FUNCTION
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_stack = of("cloudformation")
_invoke = ("lambda:InvokeFunction",)

STACK = Resource("{id}", regional("cloudformation", "stack/{stack}/*", "stack/{stack}-*/*", one="").patterns)

TYPES: Mapping[str, Calls] = {
    "AWS::CDK::Metadata": Calls(ANYTHING),
    # The name of the function is what it is called by, in the name of who acts:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
    "AWS::CloudFormation::CustomResource": Calls(
        Resource("{ServiceToken}", FUNCTION.patterns), create=_invoke, update=_invoke, delete=_invoke
    ),
    "AWS::CloudFormation::Stack": Calls(
        STACK,
        create=_stack("CreateStack DescribeStacks"),
        read=_stack("DescribeStacks GetStackPolicy GetTemplate"),
        update=_stack("UpdateStack DescribeStacks"),
        delete=_stack("DeleteStack DescribeStacks"),
    ),
    "AWS::CloudFormation::WaitCondition": Calls(ANYTHING),
    "AWS::CloudFormation::WaitConditionHandle": Calls(ANYTHING),
}
