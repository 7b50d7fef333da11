"""The side of `invoke`: start the embedded AWS, find it again, stop it.

::

    server.py     ensure, find and stop the one server of a project
    start.py      a new process, which gets its socket and its root key from here
    listener.py   the listening socket, or who holds the port already
    health.py     whether the process answers at its address
    functions.py  what of Lambda holds on this laptop, as the server says
    pipelines.py  what of pipelines has no effect there, as the server says
    record.py     `.local/aws.json`: which process it is, where it listens and the root key
"""

from importlib.util import find_spec

from serverless_pipeline.errors import Misconfigured

NEEDED = ("ministack", "psutil")

if missing := [name for name in NEEDED if find_spec(name) is None]:
    raise Misconfigured(
        f"The embedded AWS needs {' and '.join(missing)}, of the extra `local`.",
        hint="pip install 'serverless-pipeline[local]', or uv add 'serverless-pipeline[local]'",
    )
