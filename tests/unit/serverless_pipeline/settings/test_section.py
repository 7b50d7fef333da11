from __future__ import annotations

from decimal import Decimal

import pytest

from serverless_pipeline.settings import Settings, Shift, section


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("shop", "shop"),
        (4566, "4566"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        (("Test", "Prod"), "Test,Prod"),
        ((), ""),
        ({"Team": "shop", "Empty": ""}, "Team=shop,Empty="),
        (Shift("canary", 10, Decimal(5)), "canary:10:5"),
    ],
)
def test_each_kind_of_value_has_a_form_as_text(value: object, text: str) -> None:
    assert section.write(value) == text


def test_every_setting_can_be_read_and_no_other() -> None:
    assert section._READERS.keys() == Settings.defaults().keys()


@pytest.mark.parametrize(
    ("name", "outside", "value"),
    [
        ("stack_name", "shop", "shop"),
        ("port", "4566", 4566),
        ("port", " 80 ", 80),
        ("port", "-1", -1),
        ("port", 80, 80),
        ("memory", "999999999", 999_999_999),
        ("local_eventual", "0.5", 0.5),
        ("local_eventual", " 2 ", 2.0),
        ("local_eventual", 1, 1.0),
        ("local_eventual", 0.25, 0.25),
        ("local_block_public_access", "true", True),
        ("local_sandbox", "required", "required"),
        ("local_concurrency", "10", 10),
        ("local_concurrency", 10, 10),
        ("local_stub_providers", "true", True),
        ("approval", True, True),
        ("approval", False, False),
        ("approval", "True", True),
        ("approval", " yes ", True),
        ("approval", "1", True),
        ("approval", "false", False),
        ("approval", "No", False),
        ("approval", "0", False),
        ("approval", "", False),
        ("termination_protection", "true", True),
        ("environments", "Test, Stage,,Prod", ("Test", "Stage", "Prod")),
        ("environments", ["Test", " Prod"], ("Test", "Prod")),
        ("environments", ("Test", 2), ("Test", "2")),
        ("environments", "", ()),
        ("alarms", "errors,slow ones", ("errors", "slow ones")),
        ("tasks_before_delivery", "migrate, Test.seed", ("migrate", "Test.seed")),
        ("tasks_after_test", ["load"], ("load",)),
        ("parameters", "Size=1,Prod.Size=a=b", {"Size": "1", "Prod.Size": "a=b"}),
        ("parameters", {"Size": 1, "Prod.Live": True}, {"Size": "1", "Prod.Live": "true"}),
        ("test_outputs", "TARGET_URL=Url", {"TARGET_URL": "Url"}),
        ("data_loss", "allow", "allow"),
        ("shift", "", None),
        ("shift", "canary:10:5", Shift("canary", 10, Decimal(5))),
        ("tags", "Team=shop", {"Team": "shop"}),
        ("tags", {"Team": "shop", "Cost": 42, "Live": True}, {"Team": "shop", "Cost": "42", "Live": "true"}),
        ("source", "s3", "s3"),
        ("source", "", ""),
    ],
)
def test_a_value_is_read_from_text_and_from_what_yaml_holds(name: str, outside: object, value: object) -> None:
    assert section.read({name: outside}) == ({name: value}, [])


@pytest.mark.parametrize(
    ("name", "outside", "mistake"),
    [
        ("stack_name", 5, "stack_name: 5 must be text"),
        ("branch", None, "branch: None must be text"),
        ("local_eventual", "soon", "local_eventual: 'soon' must be a number of seconds, such as 0.5"),
        ("local_eventual", True, "local_eventual: True must be a number of seconds, such as 0.5"),
        ("port", "many", "port: 'many' must be a whole number"),
        ("port", "1.5", "port: '1.5' must be a whole number"),
        ("port", "1234567890", "port: '1234567890' must be a whole number"),
        ("port", True, "port: True must be a whole number"),
        ("memory", 1.5, "memory: 1.5 must be a whole number"),
        ("local_sandbox", False, "local_sandbox: False must be text"),
        ("local_concurrency", "all", "local_concurrency: 'all' must be a whole number"),
        ("approval", "perhaps", "approval: 'perhaps' must be true or false"),
        ("approval", 1, "approval: 1 must be true or false"),
        ("environments", 5, "environments: 5 must be text"),
        ("alarms", None, "alarms: None must be text"),
        ("shift", None, "shift: None must be text"),
        ("shift", "canary:10", "shift: 'canary:10' must be canary or linear:PERCENT:MINUTES, such as canary:10:5"),
        ("shift", "canary:0:5", "shift: 0 must be 1 to 99 percent"),
        ("tags", 5, "tags: 5 must be text"),
        ("parameters", "Size", "parameters: 'Size' must be Key=Value"),
        ("template", 5, "template: 5 must be text"),
        ("source", "svn", "source: 'svn' must be one of working-tree, github, s3"),
        ("source", ["s3"], "source: ['s3'] must be one of working-tree, github, s3"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_told(name: str, outside: object, mistake: str) -> None:
    assert section.read({name: outside}) == ({}, [mistake])


def test_each_mistake_of_a_setting_is_told() -> None:
    assert section.read({"tags": "Team,Cost"}) == (
        {},
        ["tags: 'Team' must be Key=Value", "tags: 'Cost' must be Key=Value"],
    )


def test_misspelt_names_are_told_first_with_the_one_that_was_meant_if_there_is_one() -> None:
    values, mistakes = section.read({"port": "many", "stack_nmae": "shop", "zzz": 1})

    assert values == {}
    assert mistakes == [
        "stack_nmae: there is no such setting; did you mean stack_name?",
        "zzz: there is no such setting",
        "port: 'many' must be a whole number",
    ]
