"""The three colours one can vote for, and how the page is to show them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Color:
    """A colour of the chart; `highlight` is what it turns to under the pointer."""

    label: str
    color: str
    highlight: str

    @property
    def name(self) -> str:
        """What a request and the table call it: `darkblue`."""
        return self.label.lower()


COLORS = (
    Color("DarkBlue", "#000066", "#6F6F6F"),
    Color("Red", "#CC0000", "#C9DF6E"),
    Color("Yellow", "#FF9900", "#FFB75E"),
)

NAMES = tuple(color.name for color in COLORS)
