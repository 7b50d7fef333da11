"""The nodes of a YAML document as values: short forms and aliases written out, dates as text, no key twice.

A number whose text would not come back stays text: an account's `012345678901`, a mode `000644`, a version `1.30`.
CloudFormation makes a number of a text where a property asks for one, and never the text of a number that was cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from yaml import MappingNode, Node

LIMIT = 1_000_000
"""The most values that aliases may be written out to; a template of as many bytes has no room for more."""

_YAML = "tag:yaml.org,2002:"
_MERGE = f"{_YAML}merge"
_PLAIN = {f"{_YAML}{kind}" for kind in ("str", "seq", "map", "timestamp", "value")}
_TRUE = ("yes", "true", "on")
_UNPREFIXED = ("Ref", "Condition")
"""The short forms that are written out without `Fn::`."""
_DIGITS = 15
"""As many as every reader of JSON keeps of a number."""


def value(node: Node) -> object:
    """A node with all that is in it.

    Raises:
        yaml.MarkedYAMLError: what CloudFormation does not take, with its place.
    """
    return _Writing().value(node)


@dataclass
class _Writing:
    """`within` are the nodes that are being written out, by identity, and `count` says how many there were."""

    within: set[int] = field(default_factory=set)
    count: int = 0

    def value(self, node: Node) -> object:
        self.count += 1
        if id(node) in self.within:
            _refuse(node, "an alias stands within what it names")
        if self.count > LIMIT:
            _refuse(node, f"the aliases would be written out to more than {LIMIT} values")
        self.within.add(id(node))
        written = self._short(node) if node.tag.startswith("!") else self._long(node)
        self.within.discard(id(node))
        return written

    def _short(self, node: Node) -> dict[str, object]:
        """A short form: `!Sub x` is `{"Fn::Sub": "x"}`, and `!GetAtt a.b` names two."""
        name = node.tag.removeprefix("!")
        content = self._content(node)
        if name == "GetAtt" and isinstance(content, str):
            content = content.split(".", 1)
        return {name if name in _UNPREFIXED else f"Fn::{name}": content}

    def _long(self, node: Node) -> object:
        kind = node.tag.removeprefix(_YAML)
        if kind in _SCALARS and isinstance(node.value, str):
            return _SCALARS[kind](node.value)
        if node.tag not in _PLAIN:
            _refuse(node, f"CloudFormation knows no !!{kind}")
        return self._content(node)

    def _content(self, node: Node) -> object:
        from yaml import MappingNode, SequenceNode

        match node:
            case MappingNode():
                return self._mapping(node)
            case SequenceNode():
                return [self.value(item) for item in node.value]
        return node.value

    def _mapping(self, node: MappingNode) -> dict[str, object]:
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged = self._merged(value_node) | merged
                continue
            key = _key(key_node)
            if key in own:
                _refuse(key_node, f"the key {key} stands twice in one mapping")
            own[key] = self.value(value_node)
        return merged | own

    def _merged(self, node: Node) -> dict[str, object]:
        """What `<<` brings; of several mappings the first one wins."""
        written = self.value(node)
        merged: dict[str, object] = {}
        for mapping in written if isinstance(written, list) else [written]:
            if not isinstance(mapping, dict):
                _refuse(node, "<< takes a mapping, or a list of them")
            merged = mapping | merged
        return merged


def _key(node: Node) -> str:
    """A key is its text, whatever else that could be: an account's number, `on`, `Yes`."""
    if not isinstance(node.value, str) or node.tag.startswith("!"):
        _refuse(node, "a key must be a text")
    return node.value


def _whole(text: str) -> int | str:
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) <= _DIGITS and str(int(text)) == text else text


def _decimal(text: str) -> float | str:
    try:
        return float(text) if repr(float(text)) == text else text
    except ValueError:
        return text


def _refuse(node: Node, words: str) -> NoReturn:
    from yaml.constructor import ConstructorError

    raise ConstructorError(None, None, words, node.start_mark)


_SCALARS = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() in _TRUE,
    "int": _whole,
    "float": _decimal,
}
