"""Functions, roles and requests; everything is real but small."""

from tests.support.lambdas import ask, bucket, invoke, make, role

__all__ = ["ask", "bucket", "invoke", "make", "role"]
