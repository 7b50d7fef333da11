"""An alias of a function of the embedded AWS, moved by two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

from lambdas.delivery import alias
from lambdas.job.ending import JobError
from tests.support.store import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients


SOURCE = "def handler(event, context):\n    return {}\n"


def test_of_two_deliveries_at_once_one_wins_and_the_other_says_so(clients: Clients, make: Callable[..., str]) -> None:
    function = make(SOURCE.format(1), Publish=True)
    for number in (2, 3):
        body = zipped({"index.py": SOURCE.format(number)})
        clients.functions.update_function_code(FunctionName=function, ZipFile=body, Publish=True)
    clients.functions.create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    current, both = alias.find(clients.functions, function, "live"), Barrier(2)
    assert current

    def move(version: str) -> str:
        both.wait()
        try:
            alias.move(clients.functions, current, alias.Route(version))
        except JobError as error:
            return str(error)
        return version

    with ThreadPoolExecutor(2) as pool:
        answers = set(pool.map(move, ["2", "3"]))

    winner = clients.functions.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
    assert winner in {"2", "3"}
    assert answers == {winner, f"Somebody else moved {function}:live meanwhile; release the change again"}
