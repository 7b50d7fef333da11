from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORTS = """
import importlib, subprocess, sys

WANTED = ("boto3", "dateutil", "ministack", "jinja2", "invoke", "pip", "pytest", "serverless_pipeline", "bootstrap")

def found(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True

def handler(event, context):
    child = subprocess.run([sys.executable, "-c", "import jinja2"], capture_output=True)
    return {"found": [name for name in WANTED if found(name)], "child": child.returncode}
"""


def test_a_function_and_its_children_find_the_standard_library_and_boto3_only(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(IMPORTS, Timeout=30)

    assert invoke(name) == {"found": ["boto3", "dateutil"], "child": 1}
