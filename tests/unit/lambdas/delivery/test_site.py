from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdas.delivery import headers, site, site_bucket
from lambdas.delivery.order import Kind, Order
from lambdas.delivery.upload import Upload
from lambdas.job.ending import JobError, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SITE = Artifact("DistSiteOutput", "artifact-bucket", "dromedary/DistSiteOu/x")
PARAMETERS = {"bucket": "site", "apiBaseurl": "http://127.0.0.1:1/api/", "version": "20260101-000000"}
DEADLINE = 4711.0


class Bucket:
    """The bucket of a site in memory; remembers what was asked of it, in order, and fails at the request `fails_at`."""

    def __init__(self) -> None:
        self.objects: dict[str, Upload] = {}
        self.requests: list[tuple[str, str]] = []
        self.fails_at: int | None = None

    def etags(self) -> dict[str, str]:
        self._ask("list")
        return {key: etag(read(upload)) for key, upload in self.objects.items()}

    def metadata(self, key: str) -> dict[str, str]:
        self._ask("head", key)
        items = self.objects[key].headers.items()
        return {name.removeprefix("x-amz-meta-"): value for name, value in items if name.startswith("x-amz-meta-")}

    def put(self, uploads: Sequence[Upload]) -> None:
        for upload in uploads:
            self._ask("put", upload.key)
            self.objects[upload.key] = Upload(upload.key, read(upload), upload.headers)

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._ask("delete", key)
            del self.objects[key]

    def keys(self, verb: str) -> list[str]:
        """The keys of the requests that put, or delete."""
        return [key for request, key in self.requests if request == verb]

    def text(self, key: str) -> str:
        return read(self.objects[key]).decode()

    def _ask(self, verb: str, key: str = "") -> None:
        if len(self.requests) == self.fails_at:
            raise JobError("the connection broke")
        self.requests.append((verb, key))


def read(upload: Upload) -> bytes:
    with upload.open() as content:
        return content.read()


def etag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    bucket = Bucket()
    monkeypatch.setattr(site_bucket, "connect", lambda *request: {("site", DEADLINE, "retry it"): bucket}[request])
    return bucket


@pytest.fixture
def deliver(
    tmp_path_factory: pytest.TempPathFactory, pack: Callable[..., bytes], bucket: Bucket
) -> Callable[..., Succeeded]:
    """Deliver a site; the requests it took are remembered afresh."""

    def run(files: dict[str, str], **other: str) -> Succeeded:
        zip_file = tmp_path_factory.mktemp("deploy") / "DistSiteOutput.zip"
        zip_file.write_bytes(pack(files))
        bucket.requests.clear()
        return site.deploy(Order(PARAMETERS | other, SITE, DEADLINE, retry="retry it"), zip_file)

    return run


def test_a_site_is_uploaded_with_sub_folders_and_headers_pages_and_configuration_last(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    outcome = deliver({"index.html": "<p>", "a/b.js": "1", "a/z-0a1b2c3d.css": "2", "x/page.html": "<b>"})

    assert outcome == Succeeded(
        "4 uploaded, 0 deleted, 0 unchanged", {"FilesChanged": "4", "Version": "20260101-000000"}
    )
    assert bucket.keys("put") == ["a/b.js", "a/z-0a1b2c3d.css", "index.html", "x/page.html", "config.json"]
    assert bucket.text("a/z-0a1b2c3d.css") == "2"
    assert bucket.objects["a/z-0a1b2c3d.css"].headers == {
        "Content-Type": "text/css; charset=utf-8",
        "Cache-Control": headers.KEEP,
    }


def test_the_configuration_holds_the_address_of_the_api_and_the_version(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"index.html": "<p>"})

    configured = json.loads(bucket.text("config.json"))
    assert configured == {"apiBaseurl": "http://127.0.0.1:1/api/", "version": "20260101-000000"}


def test_what_is_stale_goes_at_the_end_pages_before_what_they_name(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"index.html": "<p>", "a/b.js": "1", "a/stale.js": "1", "old.html": "1"})

    outcome = deliver({"index.html": "<b>", "a/b.js": "1"}, version="20260102-000000")

    assert outcome.variables == {"FilesChanged": "3", "Version": "20260102-000000"}
    assert bucket.requests == [
        ("list", ""),
        ("head", "config.json"),
        ("put", "index.html"),
        ("put", "config.json"),
        ("delete", "old.html"),
        ("delete", "a/stale.js"),
    ]


def test_what_is_new_comes_before_what_replaces_a_file_in_use(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"a.js": "old", "a.html": "old"})

    deliver({"a.js": "new", "a.html": "new", "b.html": "new", "b.js": "new"})

    assert bucket.keys("put") == ["b.js", "a.js", "b.html", "a.html"]


def test_what_can_go_together_is_one_wave() -> None:
    files = {name: Path(name) for name in ("a.html", "b.js", "c.js", "d.html", "e.js")}

    assert site.waves(files, {"c.js", "d.html"}) == [["b.js", "e.js"], ["c.js"], ["a.html"], ["d.html"]]


def test_a_page_without_a_suffix_comes_with_the_pages(tmp_path: Path) -> None:
    for name, content in {"about": "<!doctype html>", "token": "text", "z.js": ""}.items():
        (tmp_path / name).write_text(content)

    files = {path.name: path for path in sorted(tmp_path.iterdir())}

    assert site.waves(files, ()) == [["token", "z.js"], ["about"]]


def test_what_lies_behind_a_link_to_a_folder_is_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "shared" / "deep").mkdir(parents=True)
    (tmp_path / "shared" / "deep" / "logo.svg").touch()
    (tmp_path / "en").symlink_to("shared")
    (tmp_path / "index.html").symlink_to("shared/deep/logo.svg")
    (tmp_path / "shared" / "again").symlink_to("..")

    assert set(site.site_files(tmp_path)) == {"index.html", "shared/deep/logo.svg", "en/deep/logo.svg"}


def test_only_the_configuration_at_the_top_is_the_deliverys(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("config.json", "docs/config.json"):
        (tmp_path / name).touch()

    assert set(site.site_files(tmp_path)) == {"docs/config.json"}


def test_stale_files_go_in_the_order_of_their_names(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    stale = [f"{number}.js" for number in range(10)]
    deliver({"index.html": "<p>"} | dict.fromkeys(stale, "1"))

    deliver({"index.html": "<p>"})

    assert bucket.keys("delete") == stale


def test_of_many_files_only_the_ten_that_changed_are_uploaded(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    files = {f"{number}.txt": "old" for number in range(100)}
    changed = {f"{number}.txt": "new" for number in range(10)}
    deliver(files)

    outcome = deliver(files | changed)

    assert outcome == Succeeded(
        "10 uploaded, 0 deleted, 90 unchanged", {"FilesChanged": "10", "Version": "20260101-000000"}
    )
    assert bucket.requests == [("list", ""), ("head", "config.json"), *(("put", key) for key in sorted(changed))]


def test_the_same_site_again_writes_nothing(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    deliver({"index.html": "<p>"})

    outcome = deliver({"index.html": "<p>"})

    assert bucket.requests == [("list", ""), ("head", "config.json")]
    assert outcome.variables["FilesChanged"] == "0"


def test_the_same_site_in_another_version_writes_the_configuration_only(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"index.html": "<p>"})

    deliver({"index.html": "<p>"}, version="20260102-000000")

    assert bucket.keys("put") == ["config.json"]


def test_other_rules_for_headers_upload_everything_again(
    deliver: Callable[..., Succeeded], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver({"index.html": "<p>"})
    monkeypatch.setattr(headers, "rules", lambda: "other rules")

    deliver({"index.html": "<p>"})

    assert bucket.keys("put") == ["index.html", "config.json"]
    assert bucket.metadata("config.json") == {"header-rules": "other rules"}


OLD = {"index.html": "app-0a1b2c3d.js about.html", "about.html": "app-0a1b2c3d.js", "app-0a1b2c3d.js": "old"}
NEW = {
    "index.html": "app-4e5f6a7b.js style.css new/page.html",
    "new/page.html": "app-4e5f6a7b.js",
    "app-4e5f6a7b.js": "new",
    "style.css": "new",
}
REQUESTS = 9


@pytest.mark.parametrize("fails_at", range(REQUESTS))
def test_a_delivery_that_breaks_off_leaves_a_site_that_is_whole(
    deliver: Callable[..., Succeeded], bucket: Bucket, fails_at: int
) -> None:
    deliver(OLD)
    bucket.fails_at = fails_at

    with pytest.raises(JobError, match="the connection broke"):
        deliver(NEW, version="20260102-000000")

    pages = [key for key in bucket.objects if key.endswith(".html")]
    references = {name for page in pages for name in bucket.text(page).split()}
    assert references
    assert references <= bucket.objects.keys()
    is_up = all(key in bucket.objects and bucket.text(key) == text for key, text in NEW.items())
    version = json.loads(bucket.text("config.json"))["version"]
    assert version == "20260101-000000" or is_up


def test_a_delivery_that_broke_off_is_ended_by_the_next_one(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    deliver(OLD)
    bucket.fails_at = 4
    with pytest.raises(JobError):
        deliver(NEW)
    bucket.fails_at = None

    deliver(NEW, version="20260102-000000")

    assert len(bucket.requests) == REQUESTS - 2
    assert bucket.objects.keys() == {*NEW, "config.json"}


def test_a_site_cannot_bring_its_own_configuration(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    outcome = deliver({"index.html": "<p>", "config.json": "mine"})

    assert "mine" not in bucket.text("config.json")
    assert outcome.variables["FilesChanged"] == "1"


@pytest.mark.usefixtures("bucket")
def test_a_site_that_is_no_zip_is_named(tmp_path: Path) -> None:
    zip_file = tmp_path / "DistSiteOutput.zip"
    zip_file.write_bytes(b"<html>")

    with pytest.raises(JobError, match="DistSiteOutput cannot be unpacked"):
        site.deploy(Order(PARAMETERS, SITE, DEADLINE), zip_file)


def test_the_kind_needs_a_bucket_the_address_of_the_api_and_a_version() -> None:
    assert Kind(keys=("bucket", "apiBaseurl", "version"), begin=site.deploy) == site.KIND
