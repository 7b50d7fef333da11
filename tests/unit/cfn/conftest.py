"""The templates as CloudFormation reads them, for every shape that the settings can give them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from cfnlint.decode import decode_str

from serverless_pipeline.project import templates
from serverless_pipeline.settings import S3, GitHub, Settings, Shift
from tests.support import ROOT, environments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.project.environment_template import EnvironmentTemplate

CONNECTION = "arn:aws:codeconnections:eu-central-1:123456789012:connection/5d2c8e6e"
LOCAL = Settings(stack_name="shop")
GITHUB = Settings(stack_name="shop", target="aws", source=GitHub("acme/shop", CONNECTION))
BUCKET = Settings(stack_name="shop", target="aws", source=S3())
BOUNDARY = "arn:aws:iam::123456789012:policy/bounds"
ENVIRONMENTS = (("Prod",), ("Test", "Prod"), ("Test", "Stage", "Prod"))
TWELVE = tuple(f"Order{number}Function" for number in range(1, 13))
FORTY = tuple(f"{'Order' * 4}{number:02}Function" for number in range(1, 41))
"""Names of thirty letters."""
TEMPLATES: dict[str, EnvironmentTemplate] = {
    "dromedary": environments.dromedary(),
    "nothing to deliver": environments.template({"Jobs": environments.QUEUE}),
    "a function": environments.template({"Worker": environments.function()}, ("Runtime",)),
    "twelve functions": environments.template(
        {name: environments.function(f"dist/{name}.zip") for name in TWELVE}, environments.KNOWN, ("Url",)
    ),
    "forty functions": environments.template(
        {name: environments.function(f"dist/{name}.zip") for name in FORTY}, environments.KNOWN, ("Url",)
    ),
    "two sites": environments.template(
        {"Shop": environments.site("dist/shop", Output="ShopOutput"), "Office": environments.site("dist/office")}
    ),
    "a site built for each": environments.template(
        {"Worker": environments.function(), "Site": environments.site(Task="build-site", ApiBaseurl="ApiUrl")},
        outputs=("ApiUrl", "SiteUrl"),
    ),
}
"""Templates of environments: any number of deliveries, with artifacts of their own, in the common one, built late."""
ONE = replace(LOCAL, environments=("Live",))
BARE = replace(ONE, requirements="", package_task="", test_task="")
BUSY = replace(
    BUCKET,
    environments=("Test", "Stage", "Prod"),
    approval=True,
    shift=Shift("canary", 10, Decimal(5)),
    alarms=("errors",),
    folder="services/shop",
    package_env={"STAGE": "ci"},
    tasks_before_delivery=("migrate", "Test.seed"),
    tasks_after_test=("load-test",),
    template_configuration="values/{environment}.json",
    data_loss="allow",
)
LAYER = "arn:aws:lambda:eu-central-1:123456789012:layer:node:3"
TOOLS = replace(ONE, tools=(LAYER, "tools/graphviz"))
SECRETIVE = (
    replace(BUSY, package_secrets={"NPM": "secretsmanager:shop/npm:token"}, test_secrets={"KEY": "ssm:/shop/key"}),
    "a function",
)
SHAPES = {
    f"{name}-{','.join(names)}-{'approved' if approval else 'straight'}": (
        replace(settings, environments=names, approval=approval),
        "dromedary" if names == Settings().environments else "a function",
    )
    for name, settings in {"local": LOCAL, "github": GITHUB, "s3": BUCKET}.items()
    for names in ENVIRONMENTS
    for approval in (False, True)
} | {
    "bounded": (replace(ONE, permissions_boundary=BOUNDARY), "dromedary"),
    "bounded twelve": (replace(ONE, permissions_boundary=BOUNDARY), "twelve functions"),
    "twelve in three": (replace(BUCKET, environments=ENVIRONMENTS[-1]), "twelve functions"),
    "forty in three": (replace(BUCKET, environments=ENVIRONMENTS[-1]), "forty functions"),
    "bare": (BARE, "nothing to deliver"),
    "busy": (BUSY, "dromedary"),
    "with tools": (TOOLS, "a function"),
    **{name: (ONE, name) for name in TEMPLATES if name != "dromedary"},
}


@dataclass(frozen=True)
class Rendered:
    """The templates of one shape: as text, and as CloudFormation's data (`!Sub` is `Fn::Sub`)."""

    settings: Settings
    template: EnvironmentTemplate
    texts: dict[str, str]
    documents: dict[str, dict[str, Any]]

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement of every role, with the role's logical ID."""
        for name, resource in self.documents["roles"]["Resources"].items():
            for policy in resource["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement

    def stages(self) -> list[dict[str, Any]]:
        """The stages of the pipeline in order."""
        return list(self.documents["pipeline"]["Resources"]["Pipeline"]["Properties"]["Stages"])


@cache
def render(settings: Settings, template: str = "dromedary") -> Rendered:
    """The templates for one of `TEMPLATES`."""
    texts = templates.render(settings, templates.ACCOUNT, ROOT / "cfn", TEMPLATES[template])
    return Rendered(settings, TEMPLATES[template], texts, {name: decode(text) for name, text in texts.items()})


@cache
def decode(text: str) -> dict[str, Any]:
    """A template as data; shapes share templates, and nobody changes them."""
    document: dict[str, Any] = decode_str(text)[0]
    return document


@pytest.fixture(params=SHAPES.values(), ids=[*SHAPES])
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """The templates of each shape, one after another."""
    return render(*request.param)


@pytest.fixture
def local() -> Rendered:
    """The templates as a laptop gets them."""
    return render(LOCAL)


@pytest.fixture
def github() -> Rendered:
    """The templates of a pipeline that listens to GitHub."""
    return render(GITHUB)


@pytest.fixture
def s3() -> Rendered:
    """The templates of a pipeline on AWS that watches a bucket."""
    return render(BUCKET)
