"""A function finds what is in its layers: modules, programs, and what a later layer lays over an earlier one."""

from __future__ import annotations

import stat
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.lambdas import archived, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

SOURCE = """
import subprocess, shared, own

def handler(event, context):
    return [shared.WORD, own.WORD, subprocess.check_output(["tool"], text=True)]
"""


@pytest.fixture
def publish(clients: Clients) -> Callable[[bytes], str]:
    """Publish a layer and return the ARN of its version."""

    def send(archive: bytes) -> str:
        name = f"layer-{uuid.uuid4().hex[:8]}"
        return clients.functions.publish_layer_version(LayerName=name, Content={"ZipFile": archive})["LayerVersionArn"]

    return send


def test_a_function_finds_what_is_in_its_layers(
    publish: Callable[[bytes], str], make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    lower = publish(
        archived(
            ("python/shared.py", "WORD = 'lower'", stat.S_IFREG | 0o644),
            ("python/own.py", "WORD = 'own'", stat.S_IFREG | 0o644),
            ("bin/tool", "#!/bin/sh\necho ran\n", stat.S_IFREG | 0o755),
        )
    )
    upper = publish(zipped({"python/shared.py": "WORD = 'upper'"}))

    name = make(SOURCE, Layers=[lower, upper])

    assert invoke(name) == ["upper", "own", "ran\n"]


def test_a_function_whose_layers_change_finds_the_new_ones(
    clients: Clients, publish: Callable[[bytes], str], make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    source = "import shared\ndef handler(event, context):\n    return shared.WORD\n"
    name = make(source, Layers=[publish(zipped({"python/shared.py": "WORD = 1"}))])
    first = invoke(name)

    clients.functions.update_function_configuration(
        FunctionName=name, Layers=[publish(zipped({"python/shared.py": "WORD = 2"}))]
    )

    assert [first, invoke(name)] == [1, 2]


FOREIGN = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:1"
REFUSED = f"lambda:GetLayerVersion on resource: {FOREIGN}: the embedded AWS holds no layers of other accounts"


def test_a_layer_of_another_account_is_refused_when_a_function_is_to_have_it(
    clients: Clients, make: Callable[..., str]
) -> None:
    with pytest.raises(clients.functions.exceptions.ClientError, match=REFUSED):
        make(SOURCE, Layers=[FOREIGN])


def test_a_layer_of_another_account_is_not_described(clients: Clients) -> None:
    with pytest.raises(clients.functions.exceptions.ClientError, match=REFUSED) as refused:
        clients.functions.get_layer_version_by_arn(Arn=FOREIGN)

    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
