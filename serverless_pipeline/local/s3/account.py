"""Block Public Access of the account, which goes before that of each bucket; MiniStack knows that of buckets only.

What is on for the account is on for every bucket, whatever the bucket says: a public policy or ACL is refused, one that
is there lets no stranger in. It is read and changed by S3 Control, which is called as `000000000000.localhost`. See
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import ParseError, fromstring

from serverless_pipeline.local import seams

Response = tuple[int, dict[str, str], bytes]

PATH = "/v20180820/configuration/publicAccessBlock"
NAMES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
_ACTIONS = {
    "GET": "s3:GetAccountPublicAccessBlock",
    "PUT": "s3:PutAccountPublicAccessBlock",
    "DELETE": "s3:PutAccountPublicAccessBlock",
}

_settings: dict[str, bool] = {}
"""What is on; empty where the account has no such configuration."""


def install(*, blocks: bool) -> None:
    """Begin with all four on, or with none; let them be read and changed, and ask them of each bucket."""
    _settings.clear()
    _settings.update(dict.fromkeys(NAMES, True) if blocks else {})
    seams.PUBLIC_ACCESS_BLOCKED.wrap(blocking)
    seams.HANDLE_S3_CONTROL.wrap(serving)


def blocking(is_blocked: Callable[[str, str, str], bool]) -> Callable[[str, str, str], bool]:
    """Whether a setting is on for a bucket, by its own or by its account's."""
    return lambda owner, bucket, name: _settings.get(name, False) or is_blocked(owner, bucket, name)


def serving(handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """S3 Control: the account's settings; the rest is MiniStack's."""

    async def serve(path: str, method: str, body: bytes, *request: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        if path.rstrip("/") != PATH or method not in _ACTIONS:
            return await handle(path, method, body, *request)
        query, request_id, headers = request
        denied = seams.ENFORCE_DATA_PLANE("s3", _ACTIONS[method], headers, query, request_id)
        return denied or seams.S3CONTROL_ACCOUNT_ERROR(headers) or answer(method, body)

    return serve


def answer(method: str, body: bytes) -> Response:
    """Read, replace or remove the account's settings."""
    if method == "GET":
        return _described()
    chosen: dict[str, bool] = {}
    if method == "PUT":
        try:
            root = fromstring(body)  # noqa: S314 - the parser of Python 3.11 expands no entity from outside
        except ParseError:
            return _refusal("MalformedXML", "The XML you provided was not well-formed", HTTPStatus.BAD_REQUEST)
        given = {element.tag.rpartition("}")[2]: (element.text or "").strip().lower() for element in root}
        chosen = {name: given.get(name) == "true" for name in NAMES}
    _settings.clear()
    _settings.update(chosen)
    return (HTTPStatus.OK if method == "PUT" else HTTPStatus.NO_CONTENT).value, {}, b""


def _described() -> Response:
    if not _settings:
        message = "The public access block configuration was not found"
        return _refusal("NoSuchPublicAccessBlockConfiguration", message, HTTPStatus.NOT_FOUND)
    entries = "".join(f"<{name}>{str(_settings[name]).lower()}</{name}>" for name in NAMES)
    body = f'<PublicAccessBlockConfiguration xmlns="{_NAMESPACE}">{entries}</PublicAccessBlockConfiguration>'
    return HTTPStatus.OK.value, {"Content-Type": "application/xml"}, body.encode()


def _refusal(code: str, message: str, status: HTTPStatus) -> Response:
    return seams.S3CONTROL_ERROR(code, message, status.value)  # type: ignore[no-any-return]
