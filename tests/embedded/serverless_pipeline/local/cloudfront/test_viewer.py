"""A site behind a distribution, as the macro makes it and a browser asks for it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.sites import Site

    Ask = Callable[..., Any]


def test_the_root_and_each_folder_are_their_index_pages(site: Site, ask: Ask) -> None:
    site.put("index.html", "home")
    site.put("guide/index.html", "guide")

    assert (ask(f"{site.root}/").status, ask(f"{site.root}/").body) == (200, b"home")
    assert ask(f"{site.root}/guide/").body == b"guide"


def test_a_folder_without_its_slash_is_sent_to_the_one_with_below_the_address_here(site: Site, ask: Ask) -> None:
    answer = ask(f"{site.root}/guide?a=1&b")

    assert (answer.status, answer.headers["location"]) == (302, f"{site.root}/guide/?a=1&b")


@pytest.mark.parametrize("path", ["//evil.example.com", "//evil", "/%5Cevil", "///evil"])
def test_no_path_leads_to_another_host(site: Site, ask: Ask, path: str) -> None:
    location = ask(f"{site.root}{path}").headers.get("location", f"{site.root}/")

    assert location.startswith(f"{site.root}/")
    assert not location.removeprefix(site.root).startswith(("//", "/\\"))


def test_an_address_without_its_first_slash_is_sent_to_the_one_with(site: Site, ask: Ask) -> None:
    assert ask(site.root).headers["location"] == f"{site.root}/"


def test_the_id_of_a_distribution_is_a_name_of_it_too(site: Site, ask: Ask) -> None:
    site.put("by-id.html", "same")

    assert ask(f"/_cloudfront/{site.distribution}/by-id.html").body == b"same"


def test_what_is_missing_has_its_page_under_404(site: Site, ask: Ask) -> None:
    plain = ask(f"{site.root}/nothing.html")
    site.put("404.html", "sorry")
    site.status(site.invalidate("/404.html"))

    own = ask(f"{site.root}/nothing-else.html")

    assert plain.status == 404
    assert (own.status, own.body, own.headers["x-cache"]) == (404, b"sorry", "Error from cloudfront")


def test_the_bucket_is_nobodys_but_the_distributions(site: Site, ask: Ask) -> None:
    site.put("private.html", "private")

    assert ask(f"/{site.bucket}/private.html").status == 403
    assert ask(f"{site.root}/private.html").body == b"private"


def test_without_the_policy_the_distribution_reads_nothing(site: Site, ask: Ask) -> None:
    site.put("closed.html", "closed")
    policy = site.clients.s3.get_bucket_policy(Bucket=site.bucket)["Policy"]

    site.clients.s3.put_bucket_policy(Bucket=site.bucket, Policy=policy.replace(site.distribution, "ANOTHER"))
    refused = ask(f"{site.root}/closed.html")
    site.clients.s3.put_bucket_policy(Bucket=site.bucket, Policy=policy)

    assert refused.status == 403
    assert ask(f"{site.root}/closed.html").body == b"closed"


def test_without_the_right_to_list_what_is_missing_is_denied(site: Site, ask: Ask) -> None:
    policy = site.clients.s3.get_bucket_policy(Bucket=site.bucket)["Policy"]

    site.clients.s3.put_bucket_policy(Bucket=site.bucket, Policy=policy.replace("s3:ListBucket", "s3:GetBucketAcl"))
    refused = ask(f"{site.root}/never.html")
    site.clients.s3.put_bucket_policy(Bucket=site.bucket, Policy=policy)

    assert refused.status == 403


def test_the_headers_are_those_of_the_policy_and_of_the_file(site: Site, ask: Ask) -> None:
    site.put("app.js", "1", ContentType="text/javascript", ContentEncoding="br")

    headers = ask(f"{site.root}/app.js").headers

    assert (headers["content-type"], headers["content-encoding"]) == ("text/javascript", "br")
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_head_has_the_headers_and_no_body(site: Site, ask: Ask) -> None:
    site.put("head.html", "12345")

    for _ in range(2):
        answer = ask(f"{site.root}/head.html", method="HEAD")
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "5")
        ask(f"{site.root}/head.html")


def test_nothing_can_be_written(site: Site, ask: Ask) -> None:
    assert ask(f"{site.root}/new.html", method="PUT", data=b"mine").status == 403


def test_a_distribution_that_is_not_there_is_named(ask: Ask) -> None:
    assert (ask("/_cloudfront/nobody/").status, ask("/_cloudfront/nobody/").body) == (
        404,
        b"There is no distribution nobody.\n",
    )


def test_the_page_of_a_whole_application_answers_at_every_address_without_a_suffix(
    clients: Any, deploy_site: Callable[..., Site], ask: Ask
) -> None:
    site = deploy_site(clients, ", single_page=true")
    site.put("index.html", "application")

    assert [ask(f"{site.root}/{path}").body for path in ("", "cart", "cart/7/")] == [b"application"] * 3
    assert ask(f"{site.root}/missing.js").status == 404


def test_what_has_no_effect_on_a_laptop_is_said_in_the_event_of_the_stack(site: Site) -> None:
    events = site.clients.cloudformation.describe_stack_events(StackName=site.stack)["StackEvents"]

    (reason,) = [
        event["ResourceStatusReason"]
        for event in events
        if (event["LogicalResourceId"], event["ResourceStatus"]) == ("ShopDistribution", "CREATE_COMPLETE")
    ]
    assert reason.startswith("No effect on a laptop have Compress: files are sent as they lie in their origin")


def test_functions_run_by_node() -> None:
    """The tests above need it."""
    assert shutil.which("node")
