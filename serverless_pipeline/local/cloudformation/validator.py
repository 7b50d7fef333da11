"""The validator of resource types: reads values as CloudFormation does, and says what does not fit in AWS's own words.

AWS's is https://github.com/everit-org/json-schema. Of the keywords of a schema only JSON Schema's own are looked at:
cfn-lint adds others for itself. CloudFormation takes "5" for 5, "true" for true, and any number for a text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from serverless_pipeline.local.cloudformation import schemas

_NAMES = {
    "string": "String",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
    "object": "JSONObject",
    "array": "JSONArray",
}
_FOUND = {str: "String", bool: "Boolean", int: "Integer", float: "BigDecimal", dict: "JSONObject", list: "JSONArray"}
_INTEGER = re.compile(r"-?\d+(\.0+)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_LEAST = {"minLength": "minLength", "minItems": "minimum item count", "maxItems": "maximum item count"}


_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s", r"\p{M}": r"\w", r"\p{P}": r"\S", r"\p{S}": r"\S"}
"""Classes of characters that Python's patterns lack, and the ones that hold them."""


def errors(kind: str, properties: Mapping[str, Any], passed_over: tuple[str, ...] = ()) -> list[Any]:
    """What does not fit, in the order of the paths; nothing of a type without a schema."""
    if schemas.of(kind) is None:
        return []
    seen = {name: value for name, value in properties.items() if name not in passed_over}
    return sorted(_validator(kind).iter_errors(seen), key=lambda error: [str(part) for part in error.absolute_path])


def is_registered(kind: str) -> bool:
    """Whether CloudFormation has the type in its registry, as most are."""
    return "handlers" in (schemas.of(kind) or {})


def words(error: Any) -> Iterator[str]:  # noqa: ANN401, C901 - an error of jsonschema's; a line for each keyword
    """What AWS's own validator says of it, by path."""
    place = "".join(["#", *(f"/{part}" for part in error.absolute_path)])
    limit, value = error.validator_value, error.instance
    match error.validator:
        case "required":
            yield f"{place}: required key [{_missing(error)}] not found"
        case "additionalProperties":
            yield from (f"{place}: extraneous key [{name}] is not permitted" for name in _unknown(error))
        case "type" if isinstance(limit, str):
            yield f"{place}: expected type: {_NAMES.get(limit, limit)}, found: {_FOUND.get(type(value), 'Null')}"
        case "type" | "anyOf":
            yield f"{place}: #: no subschema matched out of the total {len(limit)} subschemas"
        case "oneOf":
            yield f"{place}: #: 0 subschemas matched instead of one"
        case "enum":
            yield f"{place}: {_text(value)} is not a valid enum value"
        case "minLength" | "maxLength":
            yield f"{place}: expected {error.validator}: {limit}, actual: {len(_text(value))}"
        case "minItems" | "maxItems":
            yield f"{place}: expected {_LEAST[error.validator]}: {limit}, found: {len(value)}"
        case "minimum" | "maximum":
            yield f"{place}: {value} is not {'greater' if error.validator == 'minimum' else 'less'} or equal to {limit}"
        case "uniqueItems":
            yield f"{place}: array items are not unique"
        case keyword:
            yield f"{place}: failed validation constraint for keyword [{keyword}]"


def older_words(error: Any) -> Iterator[str]:  # noqa: ANN401 - the same
    """What CloudFormation says of types that are not in its registry."""
    match error.validator:
        case "required":
            yield f"Property {_missing(error)} cannot be empty."
        case "additionalProperties":
            yield from (f"Encountered unsupported property {name}" for name in _unknown(error))
        case _:
            yield f"Value of property {error.absolute_path[-1]} is invalid: {next(words(error))}"


@cache
def _validator(kind: str) -> Any:  # noqa: ANN401 - jsonschema is imported where it is used
    """A validator that reads values as CloudFormation does, and knows JSON Schema's own keywords only."""
    from jsonschema import Draft7Validator, validators

    checks = {
        "string": lambda _, value: isinstance(value, str | int | float),
        "integer": lambda _, value: _is_number(value, int, _INTEGER),
        "number": lambda _, value: _is_number(value, int | float, _NUMBER),
        "boolean": lambda _, value: isinstance(value, bool) or str(value).lower() in {"true", "false"},
    }
    types = Draft7Validator.TYPE_CHECKER.redefine_many(checks)
    keywords = {name: _keyword(name) for name in _HOLDS}
    reader = validators.extend(Draft7Validator, keywords, type_checker=types)
    return reader({**_readable(schemas.of(kind)), "type": "object"})


def _is_number(value: object, kind: Any, text: re.Pattern[str]) -> bool:  # noqa: ANN401 - a type or a union of them
    if isinstance(value, str):
        return bool(text.fullmatch(value))
    return isinstance(value, kind) and not isinstance(value, bool)


def _keyword(name: str) -> Callable[..., Iterator[Any]]:
    """A keyword whose values are read as CloudFormation reads them."""

    def check(_validator: Any, limit: Any, value: Any, _schema: Any) -> Iterator[Any]:  # noqa: ANN401 - as jsonschema's
        from jsonschema import ValidationError

        if not _HOLDS[name](value, limit):
            yield ValidationError("")

    return check


def _readable(schema: Any) -> Any:  # noqa: ANN401 - a schema or a part of one
    """A schema whose names of properties are patterns that Python reads."""
    if isinstance(schema, list):
        return [_readable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _readable(part) for name, part in schema.items()}
    if isinstance(named := parts.get("patternProperties"), dict):
        parts["patternProperties"] = {_pattern(pattern): part for pattern, part in named.items()}
    return parts


@cache
def _pattern(pattern: str) -> str:
    """A pattern of Java's in Python's form, as near as it can be; one that Python cannot read allows anything."""
    for written, read in _CLASSES.items():
        pattern = pattern.replace(written, read)
    try:
        re.compile(pattern)
    except re.error:
        return ""
    return pattern


def _amount(value: object) -> float | None:
    return float(str(value)) if _is_number(value, int | float, _NUMBER) else None


def _text(value: Any) -> str:  # noqa: ANN401 - any scalar
    return str(value).lower() if isinstance(value, bool) else str(value)


def _missing(error: Any) -> str:  # noqa: ANN401 - the same
    names: list[str] = error.validator_value
    return next(name for name in names if name not in error.instance and f"'{name}'" in error.message)


def _unknown(error: Any) -> list[str]:  # noqa: ANN401 - the same
    patterns = [re.compile(pattern) for pattern in error.schema.get("patternProperties", ())]
    known = error.schema.get("properties", {})
    return [name for name in error.instance if name not in known and not any(one.search(name) for one in patterns)]


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "enum": lambda value, choices: _text(value) in {_text(choice) for choice in choices},
    "pattern": lambda value, pattern: not isinstance(value, str) or bool(re.search(_pattern(pattern), value)),
    "uniqueItems": lambda value, asked: (
        not (asked and isinstance(value, list) and any(item in value[:index] for index, item in enumerate(value)))
    ),
    "minLength": lambda value, least: isinstance(value, dict | list) or len(_text(value)) >= least,
    "maxLength": lambda value, most: isinstance(value, dict | list) or len(_text(value)) <= most,
    "minimum": lambda value, least: (amount := _amount(value)) is None or amount >= least,
    "maximum": lambda value, most: (amount := _amount(value)) is None or amount <= most,
    "multipleOf": lambda value, step: (amount := _amount(value)) is None or amount % step == 0,
}
"""Whether a value keeps a keyword."""
