from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import headers, site, site_bucket
from lambdas.delivery.order import Kind, Order
from lambdas.delivery.upload import Upload
from lambdas.job import clients
from lambdas.job.ending import Continued, JobError, Misconfigured, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdas.delivery.headers import Headers

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

    def forget(self, key: str, own: Headers) -> None:
        self._ask("forget", key)
        self.objects[key] = Upload(key, read(self.objects[key]), own.as_http())

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
        order = Order(PARAMETERS | other, SITE, DEADLINE, "a-job", retry="retry it")
        return site.deploy(order, zip_file)  # type: ignore[return-value]

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


def test_a_pattern_sets_the_headers_of_the_files_that_it_fits_and_of_no_other(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    own = {"Type.*.ics": "text/x-own", "Encoding.*.ics": "gzip", "Cache.feed/**": "max-age=300"}

    deliver({"feed/a.ics": "1", "a.js": "1"}, **own)

    assert bucket.objects["feed/a.ics"].headers == {
        "Content-Type": "text/x-own",
        "Cache-Control": "max-age=300",
        "Content-Encoding": "gzip",
    }
    assert bucket.objects["a.js"].headers == headers.of("a.js").as_http()


def test_other_patterns_upload_what_they_give_other_headers(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    files = {"a.ics": "1", "b.ics": "1", "c.js": "1"}
    deliver(files, **{"Cache.a.*": "no-store", "Type.b.ics": "text/plain"})

    outcome = deliver(files, **{"Cache.a.*": "no-store", "Type.b.ics": "text/x-own"})

    assert bucket.keys("put") == ["b.ics", "config.json"]
    assert outcome.summary == "1 uploaded, 0 deleted, 2 unchanged"
    assert bucket.objects["b.ics"].headers["Content-Type"] == "text/x-own"


def test_patterns_that_are_taken_away_upload_what_they_were_for(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"a.ics": "1", "b.js": "1"}, **{"Cache.*.ics": "no-store"})

    deliver({"a.ics": "1", "b.js": "1"})

    assert bucket.keys("put") == ["a.ics", "config.json"]
    assert bucket.metadata("config.json") == {"header-rules": headers.rules()}


def test_the_same_patterns_again_write_nothing(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    own = {"Type.*.ics": "text/calendar; charset=utf-8", "Cache.a b/ü**": "max-age=1,public"}
    deliver({"a.ics": "1"}, **own)

    deliver({"a.ics": "1"}, **own)

    assert bucket.requests == [("list", ""), ("head", "config.json")]


def test_a_delivery_with_other_patterns_that_broke_off_is_not_taken_for_one_that_never_was(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"a.ics": "1", "b.ics": "1"})
    bucket.fails_at = 4
    with pytest.raises(JobError):
        deliver({"a.ics": "1", "b.ics": "1"}, **{"Cache.*.ics": "no-store"})
    bucket.fails_at = None

    deliver({"a.ics": "1", "b.ics": "1"})

    assert {upload.headers["Cache-Control"] for upload in bucket.objects.values()} == {"no-cache"}


def test_what_a_pattern_makes_a_page_comes_with_the_pages(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    own = {"Type.start.page": "text/html", "Type.*.html": "text/plain"}
    deliver({"a.html": "1", "start.page": "1", "z.js": "1"}, **own)
    assert bucket.keys("put") == ["a.html", "z.js", "start.page", "config.json"]

    deliver({}, **own)

    assert bucket.keys("delete") == ["start.page", "a.html", "z.js"]


def test_no_pattern_is_for_the_deliverys_own_configuration(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    outcome = deliver({"a.js": "1"}, **{"Cache.*.json": "max-age=300"})

    assert bucket.objects["config.json"].headers["Cache-Control"] == headers.ASK
    assert outcome.summary == "1 uploaded, 0 deleted, 0 unchanged; no file is for Cache.*.json"


@pytest.mark.usefixtures("bucket")
def test_patterns_that_make_no_sense_are_named_together_before_anything_is_done(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    with pytest.raises(Misconfigured) as refused:
        deliver({"a.js": "1"}, **{"Type.*.js": "script", "Cache.*": "forever"})

    assert str(refused.value).count("\n  - ") == 2
    assert bucket.requests == []


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


def test_the_configuration_of_a_site_without_an_api_holds_its_version_alone() -> None:
    assert json.loads(site.configuration({"bucket": "site", "version": "v1"})) == {"version": "v1"}


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


def test_the_kind_needs_a_bucket_and_a_version() -> None:
    assert (
        Kind(
            keys=("bucket", "version"),
            begin=site.deploy,
            options=("apiBaseurl", "distribution"),
            prefixes=("Type.", "Encoding.", "Cache."),
            resume=site.resume,
            patience=10.0,
        )
        == site.KIND
    )


@dataclass
class CloudFront:
    """A distribution: which paths it was told to forget, for whom, and what becomes of that."""

    told: list[list[str]] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    status: str = "Completed"
    fault: str = ""

    def create_invalidation(self, *, DistributionId: str, InvalidationBatch: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        assert DistributionId == "E1"
        if self.fault:
            raise ClientError({"Error": {"Code": self.fault}}, "CreateInvalidation")
        self.told.append(InvalidationBatch["Paths"]["Items"])
        self.references.append(InvalidationBatch["CallerReference"])
        return self.get_invalidation(DistributionId="E1", Id=f"I{len(self.told)}")

    def get_invalidation(self, *, DistributionId: str, Id: str) -> dict[str, Any]:  # noqa: N803
        assert DistributionId == "E1"
        return {"Invalidation": {"Id": Id, "Status": self.status}}


@pytest.fixture
def cloudfront(monkeypatch: pytest.MonkeyPatch) -> CloudFront:
    cloudfront = CloudFront()
    monkeypatch.setattr(clients, "distributions", lambda: cloudfront)
    return cloudfront


@pytest.fixture
def settled(deliver: Callable[..., Succeeded], cloudfront: CloudFront) -> dict[str, str]:
    """The files of a site that its distribution knows."""
    files = {"index.html": "1", "a.js": "1", "app-0a1b2c3d.js": "1", "old.html": "1"}
    deliver(files, distribution="E1")
    cloudfront.told.clear()
    return files


def test_a_distribution_that_was_never_told_forgets_everything(
    deliver: Callable[..., Succeeded], bucket: Bucket, cloudfront: CloudFront
) -> None:
    outcome = deliver({"index.html": "<p>"}, distribution="E1")

    assert cloudfront.told == [["/*"]]
    assert outcome.summary == "1 uploaded, 0 deleted, 0 unchanged; everything invalidated"
    assert outcome.variables == {"FilesChanged": "1", "Version": "20260101-000000", "InvalidationId": "I1"}
    assert bucket.metadata("config.json") == {"header-rules": headers.rules(), "invalidated": "E1"}


def test_a_distribution_is_told_exactly_what_changed(
    deliver: Callable[..., Succeeded], settled: dict[str, str], cloudfront: CloudFront
) -> None:
    files = settled | {"index.html": "2", "guide/index.html": "1", "app-4e5f6a7b.js": "2"}
    del files["old.html"], files["app-0a1b2c3d.js"]

    outcome = deliver(files, distribution="E1")

    assert cloudfront.told == [["/guide/index.html", "/guide/", "/index.html", "/", "/old.html"]]
    assert (
        outcome.summary
        == "3 uploaded, 2 deleted, 1 unchanged; /guide/index.html, /guide/, /index.html and 2 paths more invalidated"
    )


def test_what_is_kept_for_good_is_invalidated_where_it_became_another_nevertheless(
    deliver: Callable[..., Succeeded], settled: dict[str, str], cloudfront: CloudFront
) -> None:
    deliver(settled | {"app-0a1b2c3d.js": "2"}, distribution="E1", version="20260102-000000")

    assert cloudfront.told == [["/config.json", "/app-0a1b2c3d.js"]]


def test_other_headers_are_a_change(
    deliver: Callable[..., Succeeded], settled: dict[str, str], cloudfront: CloudFront
) -> None:
    deliver(settled, distribution="E1", **{"Cache.a.js": "no-store"})

    assert cloudfront.told == [["/a.js"]]


def test_the_same_site_again_invalidates_and_writes_nothing(
    deliver: Callable[..., Succeeded], settled: dict[str, str], bucket: Bucket, cloudfront: CloudFront
) -> None:
    outcome = deliver(settled, distribution="E1")

    assert cloudfront.told == []
    assert bucket.requests == [("list", ""), ("head", "config.json")]
    assert "InvalidationId" not in outcome.variables


def test_an_invalidation_comes_when_all_is_there_and_is_remembered_after_it(
    deliver: Callable[..., Succeeded], settled: dict[str, str], bucket: Bucket, cloudfront: CloudFront
) -> None:
    cloudfront.fault = "AccessDenied"
    del settled["old.html"]

    with pytest.raises(ClientError):
        deliver(settled | {"a.js": "2"}, distribution="E1")

    assert [request for request, _ in bucket.requests] == ["list", "head", "forget", "put", "put", "delete"]
    assert "invalidated" not in bucket.metadata("config.json")


@pytest.mark.parametrize("fails_at", range(2, 7))
def test_after_a_delivery_that_broke_off_everything_is_invalidated(
    deliver: Callable[..., Succeeded],
    settled: dict[str, str],
    bucket: Bucket,
    cloudfront: CloudFront,
    fails_at: int,
) -> None:
    del settled["old.html"]
    bucket.fails_at = fails_at
    with pytest.raises(JobError):
        deliver(settled | {"a.js": "2"}, distribution="E1")
    bucket.fails_at = None

    deliver(settled | {"a.js": "2"}, distribution="E1")

    assert cloudfront.told[-1] == (["/a.js", "/old.html"] if fails_at == 2 else ["/*"])


def test_a_delivery_without_its_distribution_is_no_secret_to_the_next_one_with_it(
    deliver: Callable[..., Succeeded], settled: dict[str, str], cloudfront: CloudFront
) -> None:
    deliver(settled | {"a.js": "2"})
    assert cloudfront.told == []

    deliver(settled | {"a.js": "2"}, distribution="E1")

    assert cloudfront.told == [["/*"]]


def test_a_delivery_goes_on_until_the_invalidation_is_complete(
    deliver: Callable[..., Any], settled: dict[str, str], cloudfront: CloudFront
) -> None:
    cloudfront.status = "InProgress"
    order = Order(PARAMETERS | {"distribution": "E1"}, SITE, DEADLINE)

    begun = deliver(settled | {"a.js": "2"}, distribution="E1")
    waiting = site.resume(order, begun.token)
    cloudfront.status = "Completed"
    done = site.resume(order, begun.token)

    assert begun == waiting == Continued(begun.token, "CloudFront is working on the invalidation I1")
    assert done == Succeeded(
        "1 uploaded, 0 deleted, 3 unchanged; /a.js invalidated",
        {"FilesChanged": "1", "Version": "20260101-000000", "InvalidationId": "I1"},
    )


def test_a_distribution_that_takes_no_more_is_asked_again(
    deliver: Callable[..., Any], settled: dict[str, str], bucket: Bucket, cloudfront: CloudFront
) -> None:
    cloudfront.fault = "TooManyInvalidationsInProgress"
    order = Order(PARAMETERS | {"distribution": "E1"}, SITE, DEADLINE, retry="retry it")

    begun = deliver(settled | {"a.js": "2"}, distribution="E1")
    again = site.resume(order, begun.token)
    cloudfront.fault = ""
    done = site.resume(order, begun.token)

    assert begun == again
    assert cloudfront.told == [["/*"]]
    assert done.variables["InvalidationId"] == "I1"  # type: ignore[union-attr]
    assert bucket.metadata("config.json")["invalidated"] == "E1"


def test_an_invalidation_is_the_jobs_and_of_these_paths(
    deliver: Callable[..., Any], settled: dict[str, str], cloudfront: CloudFront
) -> None:
    cloudfront.references.clear()
    for text in ("2", "3"):
        deliver(settled | {"a.js": text}, distribution="E1")
    deliver(settled | {"index.html": "2", "a.js": "3"}, distribution="E1")

    first, second, other = cloudfront.references
    assert first == second != other
    assert first.startswith("a-job-")


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("distribution", ["", "d111111abcdef8.cloudfront.net", "E1/E2"])
def test_a_distribution_is_named_by_its_id(deliver: Callable[..., Succeeded], distribution: str) -> None:
    with pytest.raises(Misconfigured, match="distribution must be the ID of a distribution, as E1PA6795UKMFR9; it is"):
        deliver({"a.js": "1"}, distribution=distribution)
