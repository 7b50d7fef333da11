"""An origin is asked for what the cache does not have.

MiniStack asks it each time. And of S3 it says 403 for all that is missing, where S3 says 404 to who may list the
bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions".
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront import conditions, configuration
from serverless_pipeline.local.cloudfront.cache import Answer, Cache, Kept, Key, lifetime

Fetch = Callable[..., Awaitable[Answer]]
Response = tuple[int, dict[str, str], bytes]

HIT, MISS, ERROR = "Hit from cloudfront", "Miss from cloudfront", "Error from cloudfront"
_LIST = "s3:ListBucket"


@dataclass
class Viewing:
    """A request of a viewer: of which distribution, for which path, and what the cache had for it."""

    distribution: Mapping[str, Any]
    path: str
    results: list[str] = field(default_factory=list)


VIEWING: ContextVar[Viewing | None] = ContextVar("viewing", default=None)


def install(cache: Cache) -> None:
    """Ask the cache first."""
    seams.FETCH_FROM_ORIGIN.wrap(lambda fetch: caching(fetch, cache, time.monotonic))
    seams.SERVE_CLOUDFRONT_ORIGIN_FETCH.wrap(telling)


def caching(fetch: Fetch, cache: Cache, clock: Callable[[], float]) -> Fetch:
    """What is kept is answered without the origin; what may be kept is fetched whole, whatever part is asked for."""

    async def fetch_cached(
        origin: Mapping[str, Any],
        method: str,
        uri: str,
        query: str,
        asked: Mapping[str, Any],
        *others: Any,  # noqa: ANN401
    ) -> Answer:
        viewing = VIEWING.get()
        if viewing is None or method not in {"GET", "HEAD"}:
            return await fetch(origin, method, uri, query, asked, *others)
        parsed = seams.PARSE_DISTRIBUTION(viewing.distribution)
        behavior = seams.MATCH_BEHAVIOR(parsed, uri if viewing.results else viewing.path)
        key, identity = key_of(behavior, uri, query, asked), viewing.distribution["Id"]
        kept = cache.find(identity, key, clock())
        if kept is None and method == "HEAD":
            viewing.results.append(MISS)
            return await fetch(origin, method, uri, query, asked, *others)
        if kept is None:
            whole = {name: value for name, value in asked.items() if name not in conditions.HEADERS}
            answer = await fetch(origin, method, uri, query, whole, *others)
            _keep(cache, viewing, behavior, key, answer, clock())
            viewing.results.append(MISS if answer[0] < HTTPStatus.BAD_REQUEST else ERROR)
            return conditions.apply(asked, answer)
        viewing.results.append(HIT if kept.answer[0] < HTTPStatus.BAD_REQUEST else ERROR)
        status, reason, headers, body = kept.answer
        return conditions.apply(asked, (status, reason, headers | {"age": str(int(clock() - kept.since))}, body))

    return fetch_cached


def key_of(behavior: Mapping[str, Any], uri: str, query: str, headers: Mapping[str, Any]) -> Key:
    """What an answer is kept under: what the behavior's cache policy takes into account, and nothing else."""
    is_header, is_cookie, is_query = seams.FORWARDING_PREDICATES({**behavior, "origin_request_policy_id": None})
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if is_query(name)]
    cookies = [cookie.strip() for cookie in str(headers.get("cookie", "")).split(";") if cookie.strip()]
    others = [(name, str(value)) for name, value in headers.items() if name != "cookie" and is_header(name)]
    others += [("cookie", cookie) for cookie in cookies if is_cookie(cookie.partition("=")[0])]
    return Key(uri, urlencode(pairs), tuple(sorted(others)))


def _keep(  # noqa: PLR0913, PLR0917 - an answer with all that decides about it
    cache: Cache, viewing: Viewing, behavior: Mapping[str, Any], key: Key, answer: Answer, now: float
) -> None:
    own = configuration.parse(viewing.distribution)
    lifetimes, errors = configuration.lifetimes(own, behavior), configuration.errors(own)
    if seconds := lifetime(answer[0], answer[2], lifetimes, errors):
        cache.keep(viewing.distribution["Id"], key, Kept(answer, now, now + seconds))


def telling(serve: Callable[..., Response]) -> Callable[..., Response]:
    """To a distribution that may list the bucket, what is missing is 404."""

    def serve_telling(bucket: str, key: str, *others: Any, source_arn: str = "", **options: Any) -> Response:  # noqa: ANN401 - MiniStack's
        answer = serve(bucket, key, *others, source_arn=source_arn, **options)
        is_missing = answer[0] == HTTPStatus.FORBIDDEN and key not in seams.BUCKETS.value[bucket]["objects"]
        if not is_missing or not may_list(bucket, source_arn):
            return answer
        message = "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
        body = f"<Error>{message}<Key>{escape(key)}</Key></Error>"
        return HTTPStatus.NOT_FOUND, {"Content-Type": "application/xml"}, body.encode()

    return serve_telling


def may_list(bucket: str, source_arn: str) -> bool:
    """Whether the policy of a bucket lets this distribution list it."""
    policy = seams.BUCKET_POLICIES.value.get(bucket)
    if not policy:
        return False
    context = seams.EVAL_CONTEXT.value(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=_LIST,
        resource_arn=f"arn:aws:s3:::{bucket}",
        region=seams.GET_REGION(),
        service_context={"aws:sourcearn": source_arn} if source_arn else {},
    )
    decision = seams.EVALUATE_RESOURCE_POLICY(policy, context, service="cloudfront.amazonaws.com").decision
    return bool(decision == "Allow")
