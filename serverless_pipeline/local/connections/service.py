"""CodeStar Connections and CodeConnections as services of MiniStack: the operations on connections and their tags."""

from __future__ import annotations

import json
from functools import cache, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.connections import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.connections.registry import Connection

SERVICES = {
    "codestar-connections": "com.amazonaws.codestar.connections.CodeStar_connections_20191201",
    "codeconnections": "com.amazonaws.codeconnections.CodeConnections_20231201",
}
"""The two names of one service, and how the requests of each begin."""
TYPES = {
    "AWS::CodeStarConnections::Connection": "codestar-connections",
    "AWS::CodeConnections::Connection": "codeconnections",
}
REPLACING = ("ConnectionName", "ProviderType", "HostArn")
SENTENCE = (
    "On AWS a person finishes the connection in the console, until then it is PENDING; here it is AVAILABLE at once,"
    " and repositories of this machine stand behind it (setting local_repositories)"
)
_LONGEST_NAME = 32
_PAGE = 100
_CONTENT_TYPE = "application/x-amz-json-1.0"

Document = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


class RefusalError(Exception):
    """A request that AWS refuses: a code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def install() -> None:
    """Add both to MiniStack, before it serves."""
    for name, prefix in SERVICES.items():

        async def serve(
            _method: str, _path: str, headers: dict[str, str], body: bytes, _query: object, name: str = name
        ) -> Response:
            return answer(name, headers.get("x-amz-target", "").rpartition(".")[2], body)

        patterns = {"target_prefixes": [prefix], "host_patterns": [rf"{name}\."]}
        seams.SERVICE_PATTERNS.value[name] = patterns
        seams.SERVICE_REGISTRY.value[name] = {"module": name}
        seams.SERVICE_HANDLERS.value[name] = serve
        seams.LOADED_MODULES.value[name] = SimpleNamespace(handle_request=serve, reset=registry.clear)
        seams.SERVICE_TO_IAM_NAMESPACE.value[name] = name
    seams.EXTRACT_RESOURCE_ARN.wrap(_extract)
    _provision()


def _provision() -> None:
    """Let CloudFormation know connections from its first request on, since loading it takes its time."""
    others, once = seams.SERVICE_HANDLERS.value["cloudformation"], cache(_provide)

    async def serve(*request: object) -> Response:
        once()
        return await others(*request)  # type: ignore[no-any-return]

    seams.SERVICE_HANDLERS.value["cloudformation"] = serve


def _provide() -> None:
    """Let CloudFormation create and delete connections."""
    for kind, service in TYPES.items():
        seams.RESOURCE_HANDLERS.value[kind] = {
            "create": partial(_create_resource, service),
            "update": _update_resource,
            "delete": lambda arn, _properties: registry.delete(arn),
        }
        seams.REPLACING_PROPERTIES.value[kind] = REPLACING
        seams.STACK_TAG_PROPERTY.value[kind] = ("Tags", "list")


def sentence(_arn: str) -> str:
    """What is otherwise here than on AWS."""
    return SENTENCE


def answer(service: str, operation: str, body: bytes) -> Response:
    """Perform the operation that a request names."""
    headers = {"Content-Type": _CONTENT_TYPE}
    try:
        document = _OPERATIONS.get(operation, partial(_lack, operation))(service, _read(body))
    except RefusalError as refusal:
        words = json.dumps({"__type": refusal.code, "message": str(refusal)})
        return 400, headers | {"x-amzn-errortype": refusal.code}, words.encode()
    return 200, headers, json.dumps(document).encode()


def _read(body: bytes) -> Document:
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise RefusalError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise RefusalError("SerializationException", "The request must be a JSON object")
    return request


def _extract(others: Callable[..., str]) -> Callable[..., str]:
    """Let IAM decide about the connection that a request names."""

    def extract(service: str, *request: Any) -> str:  # noqa: ANN401 - MiniStack's own arguments
        if service not in SERVICES:
            return others(service, *request)
        try:
            document = _read(request[3])
        except RefusalError:
            return "*"
        return str(document.get("ConnectionArn") or document.get("ResourceArn") or "*")

    return extract


def _lack(operation: str, service: str, _request: Document) -> Document:
    raise RefusalError(
        "UnknownOperationException",
        f"The embedded AWS does not imitate {service}:{operation}; it has {', '.join(sorted(_OPERATIONS))}",
    )


def _create(service: str, request: Document) -> Document:
    name, host = request.get("ConnectionName", ""), request.get("HostArn", "")
    provider = request.get("ProviderType") or ("" if host else "GitHub")
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise RefusalError("ValidationException", f"ConnectionName {name!r} must have 1 to {_LONGEST_NAME} characters")
    if host:
        raise RefusalError(
            "ResourceNotFoundException",
            "The embedded AWS does not imitate hosts (HostArn); name a ProviderType on the local target",
        )
    if provider not in registry.PROVIDERS:
        raise RefusalError("ValidationException", f"ProviderType must be one of {', '.join(registry.PROVIDERS)}")
    connection = registry.create(service, seams.GET_REGION(), seams.GET_ACCOUNT_ID(), name, provider)
    connection.tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    return {"ConnectionArn": connection.arn, **({"Tags": _tags(connection)} if connection.tags else {})}


def _get(_service: str, request: Document) -> Document:
    return {"Connection": _document(_found(request, "ConnectionArn"))}


def _list(_service: str, request: Document) -> Document:
    kind, token = request.get("ProviderTypeFilter"), str(request.get("NextToken") or "0")
    here = registry.of(seams.GET_ACCOUNT_ID(), seams.GET_REGION())
    # A connection to a host of one's own is refused, so none has the host that is asked for.
    wanted = [one for one in here if kind in (None, one.provider) and not request.get("HostArnFilter")]
    size = request.get("MaxResults") or _PAGE
    if not token.isdecimal() or not isinstance(size, int) or not 1 <= size <= _PAGE:
        raise RefusalError("ValidationException", f"NextToken is one that was answered, MaxResults is 1 to {_PAGE}")
    end = int(token) + size
    more = {"NextToken": str(end)} if end < len(wanted) else {}
    return {"Connections": [_document(one) for one in wanted[int(token) : end]], **more}


def _delete(_service: str, request: Document) -> Document:
    registry.delete(_found(request, "ConnectionArn").arn)
    return {}


def _tag(_service: str, request: Document) -> Document:
    connection = _found(request, "ResourceArn")
    connection.tags = connection.tags | {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    return {}


def _untag(_service: str, request: Document) -> Document:
    connection = _found(request, "ResourceArn")
    connection.tags = {key: value for key, value in connection.tags.items() if key not in request.get("TagKeys", [])}
    return {}


def _list_tags(_service: str, request: Document) -> Document:
    return {"Tags": _tags(_found(request, "ResourceArn"))}


def _found(request: Document, member: str) -> Connection:
    arn = str(request.get(member, ""))
    connection = registry.find(arn)
    if connection is None or connection.account != seams.GET_ACCOUNT_ID():
        raise RefusalError("ResourceNotFoundException", f"Connection {arn} not found")
    return connection


def _document(connection: Connection) -> Document:
    return {
        "ConnectionName": connection.name,
        "ConnectionArn": connection.arn,
        "ProviderType": connection.provider,
        "OwnerAccountId": connection.account,
        "ConnectionStatus": "AVAILABLE",
    }


def _tags(connection: Connection) -> list[Document]:
    return [{"Key": key, "Value": value} for key, value in connection.tags.items()]


def _create_resource(service: str, _id: str, properties: Document, _stack: str) -> tuple[str, dict[str, str]]:
    try:
        arn = _create(service, properties)["ConnectionArn"]
    except RefusalError as refusal:
        raise ValueError(str(refusal)) from refusal
    return arn, _attributes(arn)


def _update_resource(arn: str, _old: Document, new: Document, _stack: str) -> tuple[str, dict[str, str]]:
    connection = registry.find(arn)
    if connection is None:
        raise ValueError(f"Connection {arn} not found")
    connection.tags = {str(tag["Key"]): str(tag["Value"]) for tag in new.get("Tags", [])}
    return arn, _attributes(arn)


def _attributes(arn: str) -> dict[str, str]:
    return {"ConnectionArn": arn, "ConnectionStatus": "AVAILABLE", "OwnerAccountId": arn.split(":")[4]}


_OPERATIONS: Mapping[str, Callable[[str, Document], Document]] = {
    "CreateConnection": _create,
    "GetConnection": _get,
    "ListConnections": _list,
    "DeleteConnection": _delete,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _list_tags,
}
