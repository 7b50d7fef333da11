"""The API's modules are imported by their own names, as Lambda imports them."""

import sys
from pathlib import Path

APP = Path(__file__).parents[3] / "app"

sys.path[:0] = [str(APP / "api")]
