"""A site of the macro that projects import, in a stack of its own."""

from tests.support.sites import deploy_site, site

__all__ = ["deploy_site", "site"]
