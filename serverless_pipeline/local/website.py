"""A bucket as a static website, at `/_website/<bucket>/`.

MiniStack stores a website configuration and serves nothing by it. Here an object is read the way a stranger reads it,
by an unsigned request to MiniStack's S3, so the bucket policy decides: where strangers may `s3:GetObject`, what is
missing is 404, and 403 where they may not. A website wants no `s3:ListBucket` for that, other than S3 itself. See
https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html, CustomErrorDocSupport.html and
WebsiteAccessPermissionsReqd.html.
"""

from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

from serverless_pipeline.local import redirection, seams
from serverless_pipeline.local.redirection import MOVED_PERMANENTLY, Rule, Target
from serverless_pipeline.local.reply import HTML, Application, Message, Scope, Send, say

PREFIX = "/_website/"
CORS = frozenset({b"host", b"origin", b"access-control-request-method", b"access-control-request-headers"})
"""What a bucket's CORS configuration is asked about (https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html)."""
FORWARDED = frozenset(
    {b"host", b"origin", b"range", b"if-none-match", b"if-match", b"if-modified-since", b"if-unmodified-since"}
)
CODES = {403: "AccessDenied", 404: "NoSuchKey", 412: "PreconditionFailed", 416: "InvalidRange"}
_ABSENT = (403, 404)
REDIRECTION = b"x-amz-website-redirect-location"


@dataclass(frozen=True)
class Site:
    """A bucket with a website configuration; `error` is empty if no error document is named."""

    bucket: str
    index: str
    error: str
    elsewhere: Target | None = None
    rules: tuple[Rule, ...] = ()

    @classmethod
    def from_configuration(cls, bucket: str, configuration: str) -> "Site":
        """Of the XML that PutBucketWebsite got."""
        root = fromstring(configuration)  # noqa: S314 - MiniStack parsed it before
        index = redirection.text(root, "IndexDocument/Suffix") or "index.html"
        everything = root.find("s3:RedirectAllRequestsTo", redirection.NAMESPACES)
        elsewhere = None if everything is None else Target.from_element(everything)
        error = redirection.text(root, "ErrorDocument/Key")
        return cls(bucket, index, error, elsewhere, redirection.rules_of(root))

    @property
    def root(self) -> str:
        """Where its keys begin."""
        return f"{PREFIX}{quote(self.bucket)}/"


async def serve(ministack: Application, scope: Scope, send: Send) -> None:
    """Answer a request for a page of a site."""
    bucket, slash, key = scope["path"].removeprefix(PREFIX).partition("/")
    if not slash:
        await _redirect(send, f"{PREFIX}{quote(bucket)}/")
        return
    configuration = seams.BUCKET_WEBSITES.value.get(bucket)
    if configuration is None:
        await _problem(send, 404, f"The bucket {bucket} has no website configuration, or there is no such bucket.")
    elif scope["method"] == "OPTIONS":
        await ministack(_request(scope, bucket, key, CORS), _nothing, send)
    elif scope["method"] not in {"GET", "HEAD"}:
        await _problem(send, 405, "A website answers GET and HEAD only.")
    else:
        await _route(ministack, scope, send, Site.from_configuration(bucket, configuration), key)


async def _route(ministack: Application, scope: Scope, send: Send, site: Site, key: str) -> None:
    """Send a request elsewhere, if the configuration says so whatever is there; else read the page."""
    rule = redirection.rule_for(site.rules, key)
    if site.elsewhere:
        await _redirect(send, site.elsewhere.address(site.root, key), site.elsewhere.status)
    elif rule:
        await _redirect(send, rule.target.address(site.root, key, rule.prefix), rule.target.status)
    else:
        await _page(ministack, scope, send, site, key)


async def _page(ministack: Application, scope: Scope, send: Send, site: Site, key: str) -> None:
    document = key + site.index if not key or key.endswith("/") else key
    reading = _Reading(send)
    await ministack(_request(scope, site.bucket, document), _nothing, reading.pass_on)
    if reading.moved:
        location = reading.moved
        target = site.root + quote(location.removeprefix("/")) if location.startswith("/") else location
        await _redirect(send, target, MOVED_PERMANENTLY)
    elif reading.refused:
        await _missing(ministack, scope, send, site, key, status=reading.refused)


async def _missing(  # noqa: PLR0913 - the request as it is, and how it ended
    ministack: Application, scope: Scope, send: Send, site: Site, key: str, *, status: int
) -> None:
    folder = f"{key}/"
    is_object = not key or key.endswith("/") or status not in _ABSENT
    if not is_object and await _exists(ministack, scope, site, folder + site.index):
        await _redirect(send, f"{site.root}{quote(folder)}")
    elif rule := redirection.rule_for(site.rules, key, status):
        await _redirect(send, rule.target.address(site.root, key, rule.prefix), rule.target.status)
    else:
        await _error(ministack, scope, send, site, status)


async def _exists(ministack: Application, scope: Scope, site: Site, key: str) -> bool:
    reading = _Reading(_unheard)
    await ministack(_request(scope, site.bucket, key, CORS) | {"method": "HEAD"}, _nothing, reading.pass_on)
    return not reading.refused


async def _error(ministack: Application, scope: Scope, send: Send, site: Site, status: int) -> None:
    """The site's error document under the status of the error, or a page of ours."""
    if site.error and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        reading = _Reading(send, status=status)
        await ministack(_request(scope, site.bucket, site.error, CORS), _nothing, reading.pass_on)
        if not reading.refused:
            return
    await _problem(send, status, f"{scope['path']} of the bucket {site.bucket}")


class _Reading:
    """Passes an object on, or keeps the status with which it was refused, or the place where its metadata sends one."""

    def __init__(self, send: Send, *, status: int = 0) -> None:
        self._send, self._status = send, status
        self.refused = 0
        self.moved = ""

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] >= HTTPStatus.BAD_REQUEST:
                self.refused = message["status"]
            elif self._status:
                message = message | {"status": self._status}
            else:
                headers = {name.lower(): value for name, value in message["headers"]}
                self.moved = headers.get(REDIRECTION, b"").decode()
        if not self.refused and not self.moved:
            await self._send(message)


def _request(scope: Scope, bucket: str, key: str, forwarded: frozenset[bytes] = FORWARDED) -> Scope:
    """The unsigned request for one object; no header but those that a conditional or partial read needs."""
    path = f"/{bucket}/{key}"
    return scope | {
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": b"",
        "headers": [(name, value) for name, value in scope["headers"] if name.lower() in forwarded],
    }


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _unheard(_message: Message) -> None:
    return


async def _redirect(send: Send, location: str, status: int = HTTPStatus.FOUND) -> None:
    await say(send, status, "", headers=[(b"location", location.encode())])


async def _problem(send: Send, status: int, detail: str) -> None:
    title = f"{status} {HTTPStatus(status).phrase}"
    about = f"<p>{escape(CODES[status])}</p>" if status in CODES else ""
    page = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{about}<p>{escape(detail)}</p></html>\n"
    await say(send, status, page, HTML)
