from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init import functions
from serverless_pipeline.init.functions import Function
from tests.support.folder import HANDLER, TEST, fill

QUIET = "def handler(event, context):\n    pass\n"


def test_a_handler_takes_an_event_and_a_context(tmp_path: Path) -> None:
    fill(tmp_path, {"orders/app.py": QUIET, "orders-export/main.py": HANDLER})

    assert functions.find(tmp_path) == (
        Function(PurePosixPath("orders"), "app.handler", "Orders"),
        Function(PurePosixPath("orders-export"), "main.lambda_handler", "OrdersExport", answers_http=True),
    )


@pytest.mark.parametrize(
    "text",
    [
        "def handler(event):\n    pass\n",
        "class A:\n    def handler(self, event):\n        pass\n",
        "def handler(event, context:\n",
        "x = 'def handler('\n",
        "",
    ],
)
def test_what_else_is_called_so_is_none(tmp_path: Path, text: str) -> None:
    fill(tmp_path, {"a.py": text})

    assert functions.find(tmp_path) == ()


def test_a_handler_among_tests_is_none(tmp_path: Path) -> None:
    fill(tmp_path, {"tests/a.py": QUIET})

    assert functions.find(tmp_path) == ()


def test_a_module_that_imports_from_its_package_is_named_with_it(tmp_path: Path) -> None:
    files = {"src/shop/__init__.py": "", "src/shop/api.py": f"from .stock import count\n{QUIET}"}
    fill(tmp_path, files)

    [function] = functions.find(tmp_path)

    assert (function.folder, function.handler, function.name) == (PurePosixPath("src"), "shop.api.handler", "Shop")


def test_what_requires_something_is_put_together_first(tmp_path: Path) -> None:
    fill(
        tmp_path, {"a/app.py": QUIET, "a/requirements.txt": "requests\n", "b/app.py": QUIET, "b/requirements.txt": "#"}
    )

    built, plain = functions.find(tmp_path)

    assert (built.is_built, built.code, built.requirements) == (
        True, PurePosixPath("dist/a"), PurePosixPath("a/requirements.txt")
    )  # fmt: skip
    assert (plain.is_built, plain.code) == (False, PurePosixPath("b"))


def test_at_the_top_of_a_project_modules_and_packages_belong_to_it_and_tests_do_not(tmp_path: Path) -> None:
    inside = {"lambda_function.py": HANDLER, "stock.py": "", "shop/__init__.py": ""}
    fill(tmp_path, {**inside, "tasks.py": "", "test_stock.py": TEST, "conftest.py": "", "tests/__init__.py": ""})

    [function] = functions.find(tmp_path)

    assert function == Function(
        folder=PurePosixPath(),
        handler="lambda_function.lambda_handler",
        name="Main",
        answers_http=True,
        parts=("lambda_function.py", "shop", "stock.py"),
    )
    assert function.code == PurePosixPath("dist/main")


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/b/app.py", "c/b/app.py", "c/b/d/app.py"], ["B", "App", "D"]),
        (["a/b/app.py", "c/b/app.py", "d/b/app.py", "d-b/app.py"], ["B", "App", "DB", "DBApp"]),
        (["functions/read.py", "functions/write.py"], ["Read", "Write"]),
        (["lambda_function.py"], ["Main"]),
        (["9 lives/app.py"], ["Lives"]),
        (["9/8.py"], ["Main"]),
    ],
)
def test_each_function_has_a_name_of_its_own(tmp_path: Path, paths: list[str], names: list[str]) -> None:
    fill(tmp_path, dict.fromkeys(paths, QUIET))

    assert {function.name for function in functions.find(tmp_path)} == set(names)
