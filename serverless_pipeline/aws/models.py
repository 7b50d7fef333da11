"""Botocore's models of services, looked for one by one.

Its own loader looks through the folders of all four hundred services, twice for each client and once more for pages,
to know whether the one that is asked for is among them: five thousand looks at the disk for one word. `Loader` is part
of botocore's documentation, and that a session can be given another one is not; a test holds both to it.
https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from botocore.loaders import Loader

if TYPE_CHECKING:
    from botocore.session import Session


class AnyService(list[str]):
    """Holds every name: whether there is such a service shows when its model is loaded."""

    def __contains__(self, name: object) -> bool:
        return True


class Models(Loader):
    """Loads a model without a look at the others."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - the loader's own
        return AnyService()


def load_one_by_one(session: Session) -> None:
    """Have a session look for models in the same folders, but for one at a time."""
    folders = session.get_component("data_loader").search_paths
    session.register_component("data_loader", _models(tuple(folders)))


@cache
def _models(folders: tuple[str, ...]) -> Models:
    """The models in these folders; a later session of the process does not read them again."""
    return Models(extra_search_paths=list(folders), include_default_search_paths=False)
