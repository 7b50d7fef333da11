"""A bucket as a static website, at `/_website/<bucket>/`.

MiniStack stores a website configuration and serves nothing by it. Here an object is read the way a stranger reads it,
by an unsigned request to MiniStack's S3, so the bucket policy decides. Redirect rules of the configuration are not
imitated. See https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html and
CustomErrorDocSupport.html.
"""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

from serverless_pipeline.local import seams
from serverless_pipeline.local.reply import HTML, Application, Message, Scope, Send, say

PREFIX = "/_website/"
FORWARDED = frozenset({b"host", b"range", b"if-none-match", b"if-match", b"if-modified-since", b"if-unmodified-since"})
REASONS = {403: ("Forbidden", "AccessDenied"), 404: ("Not Found", "NoSuchKey"), 405: ("Method Not Allowed", "")}


@dataclass(frozen=True)
class Site:
    """A bucket with a website configuration; `error` is empty if no error document is named."""

    bucket: str
    index: str
    error: str

    @classmethod
    def from_configuration(cls, bucket: str, configuration: str) -> "Site":
        """Of the XML that PutBucketWebsite got."""
        elements = fromstring(configuration).iter()  # noqa: S314 - MiniStack parsed it before
        texts = {element.tag.rpartition("}")[2]: element.text or "" for element in elements}
        return cls(bucket, texts.get("Suffix", "index.html"), texts.get("Key", ""))


async def serve(ministack: Application, scope: Scope, send: Send) -> None:
    """Answer a request for a page of a site."""
    bucket, slash, key = scope["path"].removeprefix(PREFIX).partition("/")
    if not slash:
        await _redirect(send, f"{PREFIX}{quote(bucket)}/")
        return
    configuration = seams.BUCKET_WEBSITES.value.get(bucket)
    if configuration is None:
        await _problem(send, 404, f"The bucket {bucket} has no website configuration, or there is no such bucket.")
    elif scope["method"] not in {"GET", "HEAD"}:
        await _problem(send, 405, "A website answers GET and HEAD only.")
    else:
        await _page(ministack, scope, send, Site.from_configuration(bucket, configuration), key)


async def _page(ministack: Application, scope: Scope, send: Send, site: Site, key: str) -> None:
    document = key + site.index if not key or key.endswith("/") else key
    reading = _Reading(send)
    await ministack(_request(scope, site, document), _nothing, reading.pass_on)
    if not reading.refused:
        return
    folder = f"{key}/"
    if document == key and await _exists(ministack, scope, site, folder + site.index):
        await _redirect(send, f"{PREFIX}{quote(site.bucket)}/{quote(folder)}")
        return
    await _error(ministack, scope, send, site, reading.refused)


async def _exists(ministack: Application, scope: Scope, site: Site, key: str) -> bool:
    reading = _Reading(_unheard)
    await ministack(_request(scope, site, key, conditional=False) | {"method": "HEAD"}, _nothing, reading.pass_on)
    return not reading.refused


async def _error(ministack: Application, scope: Scope, send: Send, site: Site, status: int) -> None:
    """The site's error document under the status of the error, or a page of ours."""
    if site.error:
        reading = _Reading(send, status=status)
        await ministack(_request(scope, site, site.error, conditional=False), _nothing, reading.pass_on)
        if not reading.refused:
            return
    await _problem(send, status, f"{scope['path']} of the bucket {site.bucket}")


class _Reading:
    """Passes an object on, or keeps the status with which it was refused."""

    def __init__(self, send: Send, *, status: int = 0) -> None:
        self._send, self._status = send, status
        self.refused = 0

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] in {403, 404}:
                self.refused = message["status"]
            elif self._status:
                message = message | {"status": self._status}
        if not self.refused:
            await self._send(message)


def _request(scope: Scope, site: Site, key: str, *, conditional: bool = True) -> Scope:
    """The unsigned request for one object; no header but those that a conditional or partial read needs."""
    forwarded = FORWARDED if conditional else {b"host"}
    path = f"/{site.bucket}/{key}"
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


async def _redirect(send: Send, location: str) -> None:
    await say(send, 302, "", headers=[(b"location", location.encode())])


async def _problem(send: Send, status: int, detail: str) -> None:
    reason, code = REASONS[status]
    title = f"{status} {reason}"
    about = f"<p>{escape(code)}</p>" if code else ""
    page = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{about}<p>{escape(detail)}</p></html>\n"
    await say(send, status, page, HTML)
