"""Each project of `examples/` goes through its pipeline, alone in a folder, and can be asked for what it does."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.support import example, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients
    from tests.support.project import Project

Outputs = dict[str, str]


def greets(outputs: Outputs, _clients: Clients) -> None:
    answer = json.loads(read(outputs["ProdHelloWorldApi"]))

    assert answer.keys() == {"message", "age"}
    assert answer["message"] == "hello world"


def puts_an_order_into_its_table(outputs: Outputs, clients: Clients) -> None:
    order = {"id": str(uuid.uuid4()), "article": "seed", "amount": 2}
    key = {"id": {"S": order["id"]}}

    clients.client("sqs").send_message(QueueUrl=outputs["ProdOrderQueueUrl"], MessageBody=json.dumps(order))

    tables = clients.client("dynamodb")
    item = waiting.until(lambda: tables.get_item(TableName=outputs["ProdOrderTableName"], Key=key).get("Item"), "it")
    assert item == key | {"article": {"S": "seed"}, "amount": {"N": "2"}}


def has_pages_in_folders_and_one_for_what_is_missing(outputs: Outputs, _clients: Clients) -> None:
    site = outputs["ProdSiteUrl"]

    assert "We sell seeds" in read(site)
    assert "since 1911" in read(f"{site}about/")
    with pytest.raises(urllib.error.HTTPError) as missing:
        read(f"{site}no/such/page")
    assert missing.value.code == 404
    assert "There is no such page" in missing.value.read().decode()


def has_pages_that_node_built_and_an_api_that_they_may_ask(outputs: Outputs, _clients: Clients) -> None:
    site = outputs["ProdSiteUrl"]

    (main,) = re.findall(r'src="(main\.[0-9a-f]{12}\.js)"', read(site))
    assert "//" not in read(site + main)
    assert json.loads(read(f"{site}config.json"))["apiBaseurl"] == outputs["ProdApiUrl"]
    assert json.loads(read(f"{outputs['ProdApiUrl']}count?text=count+me")) == {"words": 2}


def tells_prices(outputs: Outputs, _clients: Clients) -> None:
    assert json.loads(read(outputs["ProdUrl"])) == {"seed": "1.20", "shovel": "12.50"}


def adds_up(outputs: Outputs, _clients: Clients) -> None:
    assert json.loads(read(f"{outputs['ProdUrl']}?cents=1,99")) == {"sum": "1.00"}


EXAMPLES: dict[str, Callable[[Outputs, Clients], None]] = {
    "sam-hello": greets,
    "queue-worker": puts_an_order_into_its_table,
    "static-site": has_pages_in_folders_and_one_for_what_is_missing,
    "node-front-end": has_pages_that_node_built_and_an_api_that_they_may_ask,
    "monorepo/services/prices": tells_prices,
    "monorepo/services/cart": adds_up,
}


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.fixture(scope="module", params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="module")
def project(name: str, bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The example, before its pipeline is there. The tests of each are one story and run in order."""
    project = example.copy(name, tmp_path_factory.mktemp("example") / name.partition("/")[0], bundles)
    try:
        yield project
    finally:
        project.invoke("local.down")


def test_an_example_goes_from_nothing_to_production(project: Project) -> None:
    project.invoke("pipeline.up pipeline.watch")

    stages = project.data("pipeline.status")["pipeline"]["stages"]
    assert [(stage["name"], stage["status"]) for stage in stages] == [
        (stage, "Succeeded") for stage in ("Source", "Commit", "Acceptance", "Production")
    ]


def test_an_example_does_in_production_what_it_is_for(project: Project, name: str) -> None:
    EXAMPLES[name](project.data("pipeline.outputs"), example.clients_of(project))


def test_an_example_that_is_delivered_again_is_left_as_it_is(project: Project) -> None:
    said = project.invoke("pipeline.run")

    assert re.findall(r"Deploy\w+Stack .* (\S+ is unchanged)", said) != []
    assert not re.search(r"Stack .* is (?:CREATE|UPDATE)_COMPLETE", said)


def test_an_example_goes_down_and_leaves_nothing(project: Project) -> None:
    project.invoke("pipeline.down --yes")

    assert example.left_at_last(example.clients_of(project)) == []


def test_every_example_is_tried() -> None:
    tasks = example.EXAMPLES.rglob("tasks.py")
    there = {path.parent.relative_to(example.EXAMPLES).as_posix() for path in tasks}

    assert there == set(EXAMPLES)
