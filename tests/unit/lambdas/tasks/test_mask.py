import base64

import pytest

from lambdas.tasks.mask import Mask
from tests.support.frozen import changeable


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "NPM_TOKEN", "client_secret", "PGPASSWORD",
        "DB_PASSWD", "MYSQL_PWD", "DB_PASS", "PASS_FILE", "GPG_PASSPHRASE", "PRIVATE_KEY", "GOOGLE_CREDENTIALS",
        "APIKEY", "STRIPE_API_KEY", "SIGNING_KEY", "ENCRYPTION_KEY", "SSH_KEY", "BASIC_AUTH", "AUTH", "PASS",
        "DOCKER_AUTH_CONFIG", "AUTHORIZATION", "HTTP_AUTHORIZATION",
    ],
)  # fmt: skip
def test_a_value_that_is_named_like_a_secret_is_hidden(name: str) -> None:
    mask = Mask.of({name: "f00dcafe"})

    assert mask.hide("(f00dcafe) f00dcafe") == "(***) ***"


@pytest.mark.parametrize(
    "name",
    ["PATH", "PWD", "OLDPWD", "MY_PWD_FILE", "GIT_AUTHOR_NAME", "COMPASS", "KEYBOARD", "TARGET_URL", "PUBLIC_KEY"],
)
def test_any_other_value_is_shown(name: str) -> None:
    assert Mask.of({name: "f00dcafe"}).secrets == ()


def test_a_value_of_less_than_six_characters_hides_nothing() -> None:
    mask = Mask.of({"TOKEN": "short", "NO_TOKEN": "", "THE_TOKEN": "longer", "BLANK_TOKEN": "  short  "})

    assert "longer" in mask.secrets
    assert mask.hide("short") == "short"


def test_a_mask_does_not_change() -> None:
    assert changeable(Mask(("f00dcafe",))) == []


def test_the_longest_secret_comes_first() -> None:
    mask = Mask.of({"A_TOKEN": "f00dcafe", "B_TOKEN": "f00dcafe-and-more", "C_TOKEN": "another-one"})

    plain = [secret for secret in mask.secrets if secret in {"f00dcafe", "f00dcafe-and-more", "another-one"}]
    assert plain == ["f00dcafe-and-more", "another-one", "f00dcafe"]
    assert [len(secret) for secret in mask.secrets] == sorted(map(len, mask.secrets), reverse=True)


def test_what_was_handed_over_as_a_secret_is_hidden_whatever_its_variable_is_called() -> None:
    assert Mask.of({"COLOUR": "f00dcafe"}, ["f00dcafe"]).hide("f00dcafe") == "***"


@pytest.mark.parametrize(
    "form",
    [
        base64.b64encode(b"p&ss wo/rd+\xc3\xbc?").decode(),
        base64.b64encode(b"p&ss wo/rd+\xc3\xbc?").decode().rstrip("="),
        base64.urlsafe_b64encode(b"p&ss wo/rd+\xc3\xbc?").decode(),
        "p%26ss%20wo%2Frd%2B%C3%BC%3F",
        "p%26ss%20wo/rd%2B%C3%BC%3F",
        "p%26ss+wo%2Frd%2B%C3%BC%3F",
        "p&ss wo/rd+\\u00fc?",
    ],
)
def test_a_secret_is_hidden_as_it_is_often_encoded(form: str) -> None:
    shown = Mask.of({"TOKEN": "p&ss wo/rd+\u00fc?"}).hide(f"<{form}>")

    assert shown.rstrip("=>") == "<***"


def test_a_secret_of_several_lines_is_hidden_as_a_whole_where_it_is_encoded() -> None:
    mask = Mask.of({}, ["first line\nsecond line"])

    assert mask.hide(base64.b64encode(b"first line\nsecond line").decode()).rstrip("=") == "***"
    assert mask.hide("first line, second line") == "***, ***"
    assert [secret for secret in mask.secrets if "\n" in secret] == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgres://owner:f00dcafe@host/db", "postgres://owner:***@host/db"),
        ("https://:f00dcafe@host", "https://:***@host"),
        ("a://b:f00dcafe@c d://e:cafebabe@f", "a://b:***@c d://e:***@f"),
    ],
)
def test_a_password_within_an_address_is_hidden_whatever_its_name(address: str, shown: str) -> None:
    mask = Mask.of({"DATABASE": address})

    assert mask.hide(f"connecting to {address}") == f"connecting to {shown}"


@pytest.mark.parametrize("address", ["https://host:80800000/a@b", "https://owner@host", "mailto:owner:f00dcafe@host"])
def test_what_only_looks_like_a_password_within_an_address_is_shown(address: str) -> None:
    assert Mask.of({"DATABASE": address}).secrets == ()


def test_of_a_value_with_many_lines_each_is_hidden() -> None:
    mask = Mask.of({"PRIVATE_KEY": "-----BEGIN-----\r\nMIIEvAIBADAN\r\nx==\r\n-----END-----\r\n"})

    assert mask.hide("-----BEGIN-----\nMIIEvAIBADAN\nx==\n-----END-----") == "***\n***\nx==\n***"


def test_a_secret_that_begins_like_another_is_hidden_whole() -> None:
    mask = Mask.of({"A_TOKEN": "f00dcafe", "B_TOKEN": "f00dcafe-and-more"})

    assert mask.hide("f00dcafe-and-more f00dcafe-and") == "*** ***-and"


def test_a_text_is_cut_where_no_secret_lies_across() -> None:
    mask = Mask.of({"A_TOKEN": "f00dcafe", "B_TOKEN": "f00dcafe-and-more"})
    text = f"said: {mask.secrets[0]}, {mask.secrets[1]}, and so on for a while"

    for length in range(len(text) + 1):
        end = mask.cut(text[:length])
        assert mask.hide(text[:end]) + mask.hide(text[end:]) == mask.hide(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", 0),
        ("1234567", 0),
        ("12345678", 1),
        ("f00dcafe", 8),
        ("f00dcafe.", 8),
        (".f00dcafe12345678", 10),
        ("f00dcafef00dcaf", 8),
        ("f00dcafef00dcafe", 16),
    ],
)
def test_a_text_is_cut_as_late_as_can_be(text: str, end: int) -> None:
    assert Mask(("f00dcafe",)).cut(text) == end


def test_a_secret_means_nothing_but_itself() -> None:
    assert Mask(("f00d.afe",)).cut("f00dcafe") == 1


def test_without_secrets_a_text_is_cut_at_its_end() -> None:
    assert Mask().cut("any text") == 8
    assert Mask().hide("any text") == "any text"
