"""Connections to hosts of git repositories, as CodeStar Connections and CodeConnections have them.

::

    registry   the connections that there are
    service    both services, and their types for CloudFormation

On AWS somebody has to finish a connection in the console, which is PENDING before. Here it is AVAILABLE at once: the
repositories behind it lie on this machine.
"""

from serverless_pipeline.local.connections.service import install

__all__ = ["install"]
