"""Which properties may hold a local path, and in which form each names the object that takes its place.

What `aws cloudformation package` packages, and what only `sam package` does:
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html,
https://github.com/aws/aws-cli/blob/develop/awscli/customizations/cloudformation/artifact_exporter.py,
https://github.com/aws/aws-sam-cli/blob/develop/samcli/lib/package/packageable_resources.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Content = Literal["zip", "bundle", "file", "template"]
"""What lies at a path: something that becomes a zip if it is none, a folder that does or a file that stays as it is,
a file, a template with local paths of its own."""


@dataclass(frozen=True)
class Rule:
    """A property, dotted if it lies deeper, `*` for any name.

    `form` are the names of bucket, key and version where a mapping names an object; without them a text does.
    `instead` are the properties that take its place: if all are absent, the template's folder is meant. With None,
    nothing is meant by that.
    """

    property: str
    content: Content = "file"
    form: tuple[str, ...] = ()
    instead: tuple[str, ...] | None = None


_OBJECT = ("Bucket", "Key", "Version")
_CODE = ("S3Bucket", "S3Key", "S3ObjectVersion")
_MAPPINGS = (
    Rule("RequestMappingTemplateS3Location"),
    Rule("ResponseMappingTemplateS3Location"),
    Rule("CodeS3Location"),  # sam alone
)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "AWS::ApiGateway::RestApi": (Rule("BodyS3Location", form=_OBJECT),),
    "AWS::AppSync::FunctionConfiguration": _MAPPINGS,
    "AWS::AppSync::GraphQLSchema": (Rule("DefinitionS3Location"),),
    "AWS::AppSync::Resolver": _MAPPINGS,
    "AWS::CloudFormation::Stack": (Rule("TemplateURL", "template"),),
    "AWS::CodeCommit::Repository": (Rule("Code.S3", "zip", ("Bucket", "Key", "ObjectVersion")),),
    "AWS::ElasticBeanstalk::ApplicationVersion": (Rule("SourceBundle", "bundle", ("S3Bucket", "S3Key"), ()),),
    "AWS::Glue::Job": (Rule("Command.ScriptLocation"),),
    "AWS::Lambda::Function": (Rule("Code", "zip", _CODE, ()),),
    "AWS::Lambda::LayerVersion": (Rule("Content", "zip", _CODE, ()),),
    "AWS::Serverless::Api": (Rule("DefinitionUri"),),
    "AWS::Serverless::Application": (Rule("Location", "template"),),
    "AWS::Serverless::Function": (Rule("CodeUri", "zip", instead=("InlineCode", "ImageUri")),),
    "AWS::Serverless::LayerVersion": (Rule("ContentUri", "zip", instead=()),),
    "AWS::Serverless::StateMachine": (Rule("DefinitionUri", form=_OBJECT),),
    "AWS::StepFunctions::StateMachine": (Rule("DefinitionS3Location", form=_OBJECT),),
    # sam alone
    "AWS::ApiGatewayV2::Api": (Rule("BodyS3Location", form=_OBJECT),),
    "AWS::CloudFormation::ModuleVersion": (Rule("ModulePackage", "bundle"),),
    "AWS::CloudFormation::ResourceVersion": (Rule("SchemaHandlerPackage", "bundle"),),
    "AWS::CloudFormation::StackSet": (Rule("TemplateURL", "template"),),
    "AWS::Serverless::GraphQLApi": (
        Rule("SchemaUri"),
        Rule("Functions.*.CodeUri"),
        Rule("Resolvers.*.*.CodeUri"),
    ),
    "AWS::Serverless::HttpApi": (Rule("DefinitionUri"),),
}

METADATA: Mapping[str, tuple[Rule, ...]] = {
    "AWS::ServerlessRepo::Application": (Rule("LicenseUrl"), Rule("ReadmeUrl")),
}
"""What the section Metadata may hold, by the name of its entry."""

INCLUDE = Rule("Location")
"""The parameter of the transform AWS::Include, which may stand anywhere."""
