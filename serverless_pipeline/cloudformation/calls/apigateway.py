"""Amazon API Gateway, REST APIs.

Nothing but a domain has a name of its own here: their IDs are drawn by the service, so that AWS bounds them to the kind
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html).
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.iam import ROLE
from serverless_pipeline.cloudformation.calls.model import Calls, Resource, of

_api = of("apigateway")
_ROOT = "arn:{partition}:apigateway:{region}::"
_REST_APIS = f"{_ROOT}/restapis"

SERVICE = "apigateway.amazonaws.com"
CREDENTIALS = "Body.paths.*.*.x-amazon-apigateway-integration.credentials"
"""Where an OpenAPI document names the roles of its integrations."""

REST_API = Resource(f"{_REST_APIS}/{{id}}", (f"{_REST_APIS}/*",))
DOMAIN = Resource(f"{_ROOT}/domainnames/{{id}}", (f"{_ROOT}/domainnames/{{DomainName}}",))
TAGS = Resource(f"{_ROOT}/tags/{{arn}}", (f"{_ROOT}/tags/*",))
"""Tags lie at an address of their own, made of the ARN of what has them."""


def listed(path: str) -> Resource:
    """A list at the root, to which something is added."""
    return Resource(f"{_ROOT}/{path}", (f"{_ROOT}/{path}",))


def of_domain(path: str) -> Resource:
    """What belongs to a domain."""
    return Resource(
        f"{_ROOT}/domainnames/{{DomainName}}/{path}",
        (f"{_ROOT}/domainnames/{{DomainName}}/*",),
        missing={"BasePath": "(none)"},
    )


def _below(path: str) -> Resource:
    """What belongs to an API."""
    return Resource(f"{_REST_APIS}/{{RestApiId}}/{path}", REST_API.patterns)


def _of_root(name: str) -> Resource:
    """One of a list at the root."""
    return Resource(f"{_ROOT}/{name}/{{id}}", (f"{_ROOT}/{name}/*",))


TYPES: Mapping[str, Calls] = {
    "AWS::ApiGateway::Account": Calls(
        listed("account"),
        create=_api("PATCH"),
        read=_api("GET"),
        update=_api("PATCH"),
        delete=_api("GET"),
        properties={"CloudWatchRoleArn": ("iam:GetRole",)},
        passes={"CloudWatchRoleArn": SERVICE},
        elsewhere={"iam:GetRole": Resource("{CloudWatchRoleArn}", ROLE.patterns, missing=ROLE.missing)},
    ),
    "AWS::ApiGateway::ApiKey": Calls(
        _of_root("apikeys"),
        create=_api("POST GET"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE GET"),
        tag=_api("PUT"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        elsewhere={"apigateway:POST": listed("apikeys")},
    ),
    "AWS::ApiGateway::Authorizer": Calls(
        _below("authorizers/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE"),
        passes={"AuthorizerCredentials": SERVICE},
        elsewhere={"apigateway:POST": _below("authorizers")},
    ),
    "AWS::ApiGateway::BasePathMapping": Calls(
        of_domain("basepathmappings/{BasePath}"),
        create=_api("POST GET"),
        read=_api("GET"),
        update=_api("PATCH GET DELETE"),
        delete=_api("DELETE"),
        elsewhere={"apigateway:POST": of_domain("basepathmappings")},
    ),
    "AWS::ApiGateway::Deployment": Calls(
        _below("deployments/{id}"),
        create=_api("POST GET"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE GET"),
        # a stage that is described in its deployment, with its tags
        properties={"StageDescription": _api("PATCH PUT DELETE")},
        removals={"StageDescription": _api("PATCH")},
        elsewhere={"apigateway:POST": _below("deployments"), "apigateway:PUT": TAGS},
    ),
    "AWS::ApiGateway::DomainName": Calls(
        DOMAIN,
        create=_api("POST GET"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE GET"),
        tag=_api("PUT"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        elsewhere={"apigateway:POST": listed("domainnames")},
    ),
    "AWS::ApiGateway::GatewayResponse": Calls(
        _below("gatewayresponses/{ResponseType}"),
        create=_api("PUT GET"),
        read=_api("GET"),
        update=_api("PUT GET"),
        delete=_api("DELETE GET"),
    ),
    "AWS::ApiGateway::Method": Calls(
        _below("resources/{ResourceId}/methods/{HttpMethod}"),
        create=_api("PUT GET"),
        read=_api("GET"),
        update=_api("PUT GET DELETE"),
        delete=_api("DELETE"),
        passes={"Integration.Credentials": SERVICE},
    ),
    "AWS::ApiGateway::Model": Calls(
        _below("models/{id}"),
        create=_api("POST GET"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE GET"),
        elsewhere={"apigateway:POST": _below("models")},
    ),
    "AWS::ApiGateway::RequestValidator": Calls(
        _below("requestvalidators/{id}"),
        create=_api("POST GET"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE"),
        elsewhere={"apigateway:POST": _below("requestvalidators")},
    ),
    "AWS::ApiGateway::Resource": Calls(
        _below("resources/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE"),
        elsewhere={"apigateway:POST": _below("resources/{ParentId}")},
    ),
    "AWS::ApiGateway::RestApi": Calls(
        REST_API,
        create=_api("POST GET PATCH"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE"),
        properties={
            "Body": _api("PUT"),
            "BodyS3Location": _api("PUT"),
            "Policy": _api("UpdateRestApiPolicy"),
        },
        removals={
            "Body": _api("PUT"),
            "BodyS3Location": _api("PUT"),
            "Policy": _api("UpdateRestApiPolicy"),
        },
        tag=_api("PUT"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        passes={CREDENTIALS: SERVICE},
        objects=("BodyS3Location",),
        elsewhere={
            "apigateway:POST": listed("restapis"),
            "apigateway:UpdateRestApiPolicy": Resource(REST_API.arn, (_REST_APIS, *REST_API.patterns)),
        },
    ),
    "AWS::ApiGateway::Stage": Calls(
        _below("stages/{id}"),
        create=_api("POST GET PATCH"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE"),
        tag=_api("PUT"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        elsewhere={"apigateway:POST": _below("stages")},
    ),
    "AWS::ApiGateway::UsagePlan": Calls(
        _of_root("usageplans"),
        create=_api("POST GET"),
        read=_api("GET"),
        update=_api("PATCH GET"),
        delete=_api("DELETE GET PATCH"),
        tag=_api("PUT"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        elsewhere={"apigateway:POST": listed("usageplans")},
    ),
    "AWS::ApiGateway::UsagePlanKey": Calls(
        Resource(f"{_ROOT}/usageplans/{{UsagePlanId}}/keys/{{KeyId}}", (f"{_ROOT}/usageplans/*",)),
        create=_api("POST GET"),
        read=_api("GET"),
        delete=_api("DELETE GET"),
        elsewhere={"apigateway:POST": Resource(f"{_ROOT}/usageplans/{{UsagePlanId}}/keys", (f"{_ROOT}/usageplans/*",))},
    ),
}
