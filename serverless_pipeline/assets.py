"""Where `cfn/` and `lambdas/` lie: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

from serverless_pipeline.errors import Error

TEMPLATES, FUNCTIONS = "cfn", "lambdas"

_PACKAGE = Path(__file__).parent


def templates() -> Path:
    """The folder of the templates.

    Raises:
        Error: it lies at neither place.
    """
    return _find(TEMPLATES, "root.yml.j2")


def functions() -> Path:
    """The folder of the functions and their requirements.

    Raises:
        Error: it lies at neither place.
    """
    return _find(FUNCTIONS, "requirements.txt")


def _find(name: str, mark: str) -> Path:
    """The folder of that name that holds the file `mark`: a stranger's folder beside the package does not count."""
    places = [_PACKAGE / name, _PACKAGE.parent / name]
    for place in places:
        if (place / mark).is_file():
            return place
    raise Error(
        f"serverless_pipeline has lost its folder {name}/: {mark} is neither in {places[0]} nor in {places[1]}",
        hint="install it again (pip install --force-reinstall serverless-pipeline) or check the repository out anew",
    )
