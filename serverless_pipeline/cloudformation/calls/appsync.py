"""AWS AppSync; the ID of an API is drawn by the service, and what is made within one is bounded to nothing.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappsync.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_appsync = of("appsync")

SERVICE = "appsync.amazonaws.com"
API = Resource("{id}", regional("appsync", "apis/*", one="").patterns)

TYPES: Mapping[str, Calls] = {
    "AWS::AppSync::ApiKey": Calls(
        ANYTHING,
        create=_appsync("CreateApiKey"),
        read=_appsync("ListApiKeys"),
        update=_appsync("UpdateApiKey"),
        delete=_appsync("DeleteApiKey"),
    ),
    "AWS::AppSync::DataSource": Calls(
        ANYTHING,
        create=_appsync("CreateDataSource GetDataSource"),
        read=_appsync("GetDataSource"),
        update=_appsync("UpdateDataSource"),
        delete=_appsync("DeleteDataSource GetDataSource"),
        passes={"ServiceRoleArn": SERVICE},
    ),
    "AWS::AppSync::FunctionConfiguration": Calls(
        ANYTHING,
        create=_appsync("CreateFunction"),
        read=_appsync("GetFunction"),
        update=_appsync("UpdateFunction"),
        delete=_appsync("DeleteFunction"),
        objects=("CodeS3Location", "RequestMappingTemplateS3Location", "ResponseMappingTemplateS3Location"),
    ),
    "AWS::AppSync::GraphQLApi": Calls(
        API,
        create=_appsync("CreateGraphqlApi"),
        read=_appsync("GetGraphqlApi GetGraphqlApiEnvironmentVariables ListTagsForResource"),
        update=_appsync("UpdateGraphqlApi GetGraphqlApi GetGraphqlApiEnvironmentVariables"),
        delete=_appsync("DeleteGraphqlApi"),
        properties={"EnvironmentVariables": _appsync("PutGraphqlApiEnvironmentVariables")},
        removals={"EnvironmentVariables": _appsync("PutGraphqlApiEnvironmentVariables")},
        tag=_appsync("TagResource"),
        untag=_appsync("UntagResource"),
        passes={
            "LogConfig.CloudWatchLogsRoleArn": SERVICE,
            "MergedApiExecutionRoleArn": SERVICE,
        },
        elsewhere=dict.fromkeys(
            _appsync("CreateGraphqlApi GetGraphqlApiEnvironmentVariables PutGraphqlApiEnvironmentVariables"), ANYTHING
        ),
    ),
    "AWS::AppSync::GraphQLSchema": Calls(
        ANYTHING,
        create=_appsync("StartSchemaCreation GetSchemaCreationStatus"),
        update=_appsync("StartSchemaCreation GetSchemaCreationStatus"),
        objects=("DefinitionS3Location",),
    ),
    "AWS::AppSync::Resolver": Calls(
        ANYTHING,
        create=_appsync("CreateResolver GetResolver"),
        read=_appsync("GetResolver"),
        update=_appsync("UpdateResolver"),
        delete=_appsync("DeleteResolver"),
        objects=("CodeS3Location", "RequestMappingTemplateS3Location", "ResponseMappingTemplateS3Location"),
    ),
}
