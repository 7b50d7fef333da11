"""What an action asks of its function: `UserParameters`, a query string such as `task=package&Env.COLOR=red`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

from lambdas.job.ending import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from lambdas.job.job import Artifact


def parse(text: str) -> dict[str, str]:
    """The keys and values of a query string.

    Raises:
        Misconfigured: it is none, or it names a key twice.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True) if text else []
    except ValueError as error:
        raise Misconfigured([f"UserParameters must be a query string, key=value&key=value: {error}"]) from None
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise Misconfigured(f"{key} is given more than once" for key in repeated)
    return dict(pairs)


def take(text: str, key: str) -> tuple[str | None, str]:
    """The value of one key, None if it is not there, and the query string without it, otherwise as it was.

    Raises:
        Misconfigured: the key is named twice.
    """
    fields = text.split("&")
    own = [field for field in fields if field.partition("=")[0] == key]
    if not own:
        return None, text
    if len(own) > 1:
        raise Misconfigured([f"{key} is given more than once"])
    return unquote_plus(own[0].partition("=")[2]), "&".join(field for field in fields if field not in own)


def mistakes(
    values: Mapping[str, str], required: Collection[str], optional: Collection[str] = (), prefixes: Collection[str] = ()
) -> Iterator[str]:
    """What is wrong with parameters: the required ones must be there, none of them empty; the optional ones may.

    So may any that begins with a prefix, such as `Parameter.` in `Parameter.Size`.
    """
    for key in required:
        if not values.get(key):
            yield f"{key} is missing in UserParameters"
    keys = [*required, *optional, *(f"{prefix}<Name>" for prefix in prefixes)]
    for key in values:
        if key not in keys and not any(key.startswith(prefix) and key != prefix for prefix in prefixes):
            yield f"{key} is no key of this function; it knows {', '.join(keys)}"


def artifact_mistakes(kind: str, artifacts: Mapping[str, Artifact], required: Collection[str]) -> Iterator[str]:
    """What is wrong with the input or output artifacts of an action that must be exactly the required ones."""
    for name in required:
        if name not in artifacts:
            yield f"the action lacks the {kind} artifact {name}"
    for name in artifacts:
        if name not in required:
            yield f"the {kind} artifact {name} is not for this function"


def check(mistakes: Iterable[str]) -> None:
    """Tell all mistakes together.

    Raises:
        Misconfigured: there are some.
    """
    if lines := list(mistakes):
        raise Misconfigured(lines)
