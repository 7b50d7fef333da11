import pytest

from lambdas.tasks.mask import Mask


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "NPM_TOKEN", "client_secret", "PGPASSWORD",
        "DB_PASSWD", "MYSQL_PWD", "DB_PASS", "GPG_PASSPHRASE", "PRIVATE_KEY", "GOOGLE_CREDENTIALS", "APIKEY",
        "STRIPE_API_KEY", "BASIC_AUTH", "DOCKER_AUTH_CONFIG", "AUTHORIZATION",
    ],
)  # fmt: skip
def test_a_value_that_is_named_like_a_secret_is_hidden(name: str) -> None:
    mask = Mask.of({name: "f00dcafe"})

    assert mask.hide("(f00dcafe) f00dcafe") == "(***) ***"


@pytest.mark.parametrize("name", ["PATH", "PWD", "OLDPWD", "GIT_AUTHOR_NAME", "COMPASS", "KEYBOARD", "TARGET_URL"])
def test_any_other_value_is_shown(name: str) -> None:
    assert Mask.of({name: "f00dcafe"}).secrets == ()


def test_a_value_of_less_than_six_characters_hides_nothing() -> None:
    mask = Mask.of({"TOKEN": "short", "NO_TOKEN": "", "THE_TOKEN": "longer"})

    assert mask.secrets == ("longer",)


def test_a_password_within_an_address_is_hidden_whatever_its_name() -> None:
    mask = Mask.of({"DATABASE": "postgres://owner:f00dcafe@host/db"})

    assert mask.hide("connecting to postgres://owner:f00dcafe@host/db") == "connecting to postgres://owner:***@host/db"


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


def test_without_secrets_a_text_is_cut_at_its_end() -> None:
    assert Mask().cut("any text") == 8
