"""Libraries that lie in the source of a project, and need neither an index nor a tool to be built."""

from __future__ import annotations

BACKEND = """
import zipfile

FILES = {
    "{name}-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n",
    "{name}-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "{name}-1.dist-info/RECORD": "",
}


def build_editable(folder, settings=None, metadata=None):
    import os
    return write(folder, {**FILES, "_{name}.pth": os.path.join(os.getcwd(), "src") + "\\n"})


def build_wheel(folder, settings=None, metadata=None):
    return write(folder, {**FILES, "{name}.py": open("src/{name}.py").read()})


def write(folder, files):
    with zipfile.ZipFile(f"{folder}/{name}-1-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return "{name}-1-py3-none-any.whl"
"""
LIBRARY = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "1"
"""


def library(name: str) -> dict[str, str]:
    """A library in the source that needs nothing to be built."""
    return {
        f"libs/{name}/pyproject.toml": LIBRARY.replace("{name}", name),
        f"libs/{name}/backend.py": BACKEND.replace("{name}", name),
        f"libs/{name}/src/{name}.py": f"WORD = 'from {name}'\n",
    }
