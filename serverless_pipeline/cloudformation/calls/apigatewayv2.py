"""Amazon API Gateway, HTTP and WebSocket APIs; their IDs are drawn by the service, like those of REST APIs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.apigateway import CREDENTIALS, DOMAIN, SERVICE, TAGS, listed, of_domain
from serverless_pipeline.cloudformation.calls.logs import DELIVERIES
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of
from serverless_pipeline.cloudformation.calls.s3 import objects

_api = of("apigateway")
_APIS = "arn:{partition}:apigateway:{region}::/apis"
_TRUSTED = objects("MutualTlsAuthentication.TruststoreUri")

API = Resource(f"{_APIS}/{{id}}", (f"{_APIS}/*",))


def _below(path: str) -> Resource:
    """What belongs to an API."""
    return Resource(f"{_APIS}/{{ApiId}}/{path}", API.patterns)


TYPES: Mapping[str, Calls] = {
    "AWS::ApiGatewayV2::Api": Calls(
        API,
        create=_api("POST PUT"),
        read=_api("GET"),
        update=_api("PATCH GET PUT POST DELETE"),
        delete=_api("DELETE GET"),
        tag=_api("POST PUT PATCH"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        passes={"CredentialsArn": SERVICE, CREDENTIALS: SERVICE},
        objects=("BodyS3Location",),
        elsewhere={"apigateway:POST": Resource(_APIS, (_APIS, f"{_APIS}/*"))},
    ),
    "AWS::ApiGatewayV2::ApiMapping": Calls(
        of_domain("apimappings/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH GET PUT"),
        delete=_api("DELETE"),
        elsewhere={"apigateway:POST": of_domain("apimappings")},
    ),
    "AWS::ApiGatewayV2::Authorizer": Calls(
        _below("authorizers/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH GET PUT"),
        delete=_api("DELETE GET"),
        passes={"AuthorizerCredentialsArn": SERVICE},
        elsewhere={"apigateway:POST": _below("authorizers")},
    ),
    "AWS::ApiGatewayV2::Deployment": Calls(
        _below("deployments/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH GET PUT"),
        delete=_api("DELETE GET"),
        elsewhere={"apigateway:POST": _below("deployments")},
    ),
    "AWS::ApiGatewayV2::DomainName": Calls(
        DOMAIN,
        create=_api("POST GET PUT AddCertificateToDomain"),
        read=_api("GET"),
        update=_api("PATCH GET PUT POST DELETE AddCertificateToDomain RemoveCertificateFromDomain"),
        delete=_api("DELETE GET RemoveCertificateFromDomain"),
        properties={"MutualTlsAuthentication": ("s3:GetObject", "s3:GetObjectVersion")},
        tag=_api("POST PUT PATCH"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        elsewhere={
            "apigateway:POST": listed("domainnames"),
            "apigateway:AddCertificateToDomain": Resource(
                DOMAIN.arn, (*listed("domainnames").patterns, *DOMAIN.patterns)
            ),
            "s3:GetObject": _TRUSTED,
            "s3:GetObjectVersion": _TRUSTED,
        },
    ),
    "AWS::ApiGatewayV2::Integration": Calls(
        _below("integrations/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH GET PUT"),
        delete=_api("DELETE GET"),
        passes={"CredentialsArn": SERVICE},
        elsewhere={"apigateway:POST": _below("integrations")},
    ),
    "AWS::ApiGatewayV2::Route": Calls(
        _below("routes/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH GET PUT"),
        delete=_api("DELETE GET"),
        elsewhere={"apigateway:POST": _below("routes")},
    ),
    "AWS::ApiGatewayV2::Stage": Calls(
        _below("stages/{id}"),
        create=_api("POST"),
        read=_api("GET"),
        update=_api("PATCH POST DELETE"),
        delete=_api("DELETE"),
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
        properties={"AccessLogSettings": DELIVERIES},
        removals={"AccessLogSettings": DELIVERIES},
        tag=_api("POST PUT"),
        untag=_api("GET DELETE"),
        tags=TAGS,
        elsewhere={"apigateway:POST": _below("stages"), **dict.fromkeys(DELIVERIES, ANYTHING)},
    ),
}
