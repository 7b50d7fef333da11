from __future__ import annotations

import pytest

from serverless_pipeline.settings import variables
from serverless_pipeline.settings.variables import Secret
from tests.support.frozen import changeable


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("secretsmanager:shop/npm", Secret("secretsmanager", "shop/npm")),
        ("secretsmanager:shop/npm:token", Secret("secretsmanager", "shop/npm", "token")),
        ("ssm:/shop/colour", Secret("ssm", "/shop/colour")),
    ],
)
def test_a_place_says_service_name_and_key(text: str, secret: Secret) -> None:
    assert Secret.read(text) == secret
    assert changeable(secret) == []


@pytest.mark.parametrize("text", ["", "npm", "vault:npm", "ssm:", "secretsmanager:a b", "ssm:a:b:c", "ssm:${x}"])
def test_another_form_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="must say where a secret is kept, secretsmanager:NAME, ") as caught:
        Secret.read(text)

    assert str(caught.value).startswith(repr(text))


def test_variables_that_are_well_have_no_mistakes() -> None:
    assert list(variables.mistakes({"STAGE": "", "_x1": "a&b"}, {"TOKEN": "ssm:/token"})) == []


def test_every_mistake_is_told() -> None:
    words = list(variables.mistakes({"1": "x", "A": "x"}, {"A": "ssm:a", "B-C": "vault:b"}))

    assert words == [
        "'1' cannot be the name of an environment variable",
        "'B-C' cannot be the name of an environment variable",
        "A is there twice, as a value and as a secret",
        "'vault:b' must say where a secret is kept, secretsmanager:NAME, secretsmanager:NAME:KEY or ssm:NAME",
    ]
