from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from lambdas.dependencies import settings
from lambdas.tasks.project import Place

if TYPE_CHECKING:
    from pathlib import Path

INDEX = 'index-url = "https://packages.example.com/simple"\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (project := tmp_path / "source" / "services" / "shop").mkdir(parents=True)
    (tmp_path / "uv.toml").write_text(INDEX)
    return Place(tmp_path / "source", project)


def test_they_lie_in_the_folder_or_above_it_but_never_outside_of_the_source(place: Place) -> None:
    paths = [
        place.project / "api" / "pyproject.toml",
        place.project / "uv.toml",
        place.project / "pyproject.toml",
        place.source / "uv.toml",
    ]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()

    assert settings.files(place, place.project / "api") == paths
    assert settings.files(place, place.source) == paths[-1:]


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ('find-links = ["wheels"]', "wheels"),
        ('find-links = ["./none"]', "./none"),
        ('find-links = ["../none"]', "../none"),
        ('index-url = "file:///opt/index"', "file:///opt/index"),
        ('index-url = "/opt/index"', "/opt/index"),
        ('[[index]]\nname = "own"\nurl = "wheels"', "wheels"),
        ('constraint-dependencies = ["six @ wheels/six.whl"]', "six @ wheels/six.whl"),
        ('[extra-build-dependencies]\nsix = ["evil @ ./evil"]', "evil @ ./evil"),
        ('[pip]\nfind-links = ["wheels"]', "wheels"),
        ('find-links = ["~/wheels"]', "~/wheels"),
        (INDEX, ""),
        ('default-groups = ["wheels"]', ""),
        ("offline = true\nconcurrent-builds = 3", ""),
        (f'index-url = "{"x" * 5000}"', ""),
        ('index-url = "a\\u0000b"', ""),
        ("", ""),
    ],
)
def test_what_lies_on_this_disk_is_found_wherever_they_name_it(place: Place, text: str, local: str) -> None:
    (place.project / "wheels").mkdir()
    (place.project / "wheels" / "six.whl").touch()
    (own := place.project / "uv.toml").write_text(text)
    (projects := place.project / "pyproject.toml").write_text(
        "[tool.uv]\n"
        + text.replace("[[index]]", "[[tool.uv.index]]").replace("\n[p", "\n[tool.uv.p").replace("\n[e", "\n[tool.uv.e")
    )

    assert settings.local_place(own) == local
    if not text.startswith("["):
        assert settings.local_place(projects) == local


@pytest.mark.parametrize("text", ["", "[project]\nname = 'wheels'", "[tool]\nuv = 1", "[tool.black]\nsrc = ['./x']"])
def test_what_is_none_of_uvs_names_nothing(place: Place, text: str) -> None:
    (path := place.project / "pyproject.toml").write_text(text)

    assert settings.local_place(path) == ""
    assert settings.portable(place, place.project) == ""


def test_a_file_that_is_none_of_toml_is_told(place: Place) -> None:
    (path := place.project / "uv.toml").write_text("[[")

    with pytest.raises(ValueError, match="Invalid"):
        settings.local_place(path)


def test_those_of_the_nearest_file_that_has_some_count_elsewhere_too(place: Place) -> None:
    (place.source / "uv.toml").write_text("offline = true")
    (place.project / "pyproject.toml").write_text(
        "[tool.uv]\n"
        'prerelease = "allow"\nconcurrent-builds = 3\nno-cache = false\n'
        'default-groups = ["dev"]\npackage = true\n'
        '[[tool.uv.index]]\nname = "a \\"b\\" ü"\nurl = "https://x"\ndefault = true\n'
        '[tool.uv.sources]\nsix = { git = "https://x" }\n'
    )

    document = tomllib.loads(settings.portable(place, place.project))

    assert document == {
        "prerelease": "allow",
        "concurrent-builds": 3,
        "no-cache": False,
        "index": [{"name": 'a "b" ü', "url": "https://x", "default": True}],
    }


def test_where_there_are_none_none_count(place: Place) -> None:
    (place.project / "pyproject.toml").write_text("[project]\nname = 'x'")

    assert settings.portable(place, place.project) == ""
