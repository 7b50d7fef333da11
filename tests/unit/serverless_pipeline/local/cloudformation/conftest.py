"""A CloudFormation that holds only what a test puts there."""

from tests.support.cloudformation import cloudformation

__all__ = ["cloudformation"]
