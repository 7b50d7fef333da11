"""Dromedary's API behind API Gateway: `handler` answers one proxy event with JSON.

The event's shape: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from colors import COLORS
from table import Unavailable, connect
from votes import Refused, Votes

Answer = dict[str, Any]

HEADERS = {
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, OPTIONS",
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-store",
    "Content-Type": "application/json",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What of an event matters; `path` has no slash at either end and none twice."""

    method: str
    path: str
    query: Mapping[str, str]
    address: str

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        return cls(
            method=event["httpMethod"],
            path="/".join(part for part in event["path"].split("/") if part),
            query=event.get("queryStringParameters") or {},
            address=event["requestContext"]["identity"]["sourceIp"],
        )


def handler(event: Mapping[str, Any], _context: object) -> Answer:
    """Answer one request; Lambda calls it."""
    request = Request.from_event(event)
    route = _ROUTES.get(request.path)
    if route is None:
        return _answer({"error": f"There is nothing at /{request.path}"}, HTTPStatus.NOT_FOUND)
    if request.method == "OPTIONS":
        return _answer({"methods": ["GET", "OPTIONS"]})
    if request.method != "GET":
        return _answer({"error": f"{request.method} is not possible here"}, HTTPStatus.METHOD_NOT_ALLOWED)
    try:
        return _answer(route(_votes(), request))
    except Unavailable:
        _log.exception("The table failed")
        return _answer({"error": "The votes are out of reach; try again"}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _home(_votes: Votes, _request: Request) -> object:
    return {"name": "Dromedary", "links": ["data", "data?countsOnly=true", "increment?color=red"]}


def _data(votes: Votes, request: Request) -> object:
    counts = votes.counts(fresh="nocache" in request.query)
    if "countsOnly" in request.query:
        return counts
    return [
        {"value": counts[color.name], "color": color.color, "highlight": color.highlight, "label": color.label}
        for color in COLORS
    ]


def _increment(votes: Votes, request: Request) -> object:
    """The clients of old expect status 200 for a vote that is refused, and a count of 0 for a vote for nothing."""
    color = request.query.get("color", "").lower()
    if not color:
        return {"count": 0}
    try:
        return {"count": votes.cast(color, request.address)}
    except Refused as refusal:
        return {"error": str(refusal)}


_ROUTES = {"": _home, "data": _data, "increment": _increment}


@cache
def _votes() -> Votes:
    return Votes(connect(os.environ["TABLE_NAME"]))


def _answer(body: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    allow = {"Allow": "GET, OPTIONS"} if status is HTTPStatus.METHOD_NOT_ALLOWED else {}
    return {
        "statusCode": int(status),
        "headers": HEADERS | allow,
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
