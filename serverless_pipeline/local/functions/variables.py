"""The environment variables that a function sees.

What Lambda gives (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), and beside it the way to
this AWS and the laptop's configuration of the network.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import environment, seams
from serverless_pipeline.local.functions.layout import LAMBDA
from serverless_pipeline.local.iam import sessions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.functions.layout import Layout
    from serverless_pipeline.local.functions.logs import LogStream

PROGRAMS = "/usr/local/bin:/usr/bin/:/bin"
LIBRARIES = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"


def variables(config: dict[str, Any], log: LogStream, layout: Layout, *, url: str, runtime_api: str) -> dict[str, str]:
    """All variables of a function; `url` is this AWS.

    As on AWS, the function's configuration comes before the way to AWS and cannot set what Lambda reserves.
    """
    configured = (config.get("Environment") or {}).get("Variables") or {}
    reserved = seams.RESERVED_VARIABLES.value
    return (
        environment.network(os.environ)
        | {"AWS_ENDPOINT_URL": url}
        | _paths(layout)
        | {name: value for name, value in configured.items() if name not in reserved}
        | sessions.of_function(config).environment()
        | _of_lambda(config, log)
        | {
            "LAMBDA_TASK_ROOT": layout.task,
            "LAMBDA_RUNTIME_DIR": layout.runtime,
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
        }
    )


def _paths(layout: Layout) -> dict[str, str]:
    """A function may set these itself, but for its home on a laptop without a sandbox."""
    if layout == LAMBDA:
        return {"PATH": f"{layout.programs}:{PROGRAMS}:/opt/bin", "LD_LIBRARY_PATH": LIBRARIES, "LANG": "en_US.UTF-8"}
    layers = layout.layers
    return {
        "PATH": ":".join([layout.programs, PROGRAMS, *([f"{layers}/bin"] if layers else [])]),
        "LANG": "C.UTF-8",
        "HOME": str(layout.home),
        "TMPDIR": layout.temporary,
    } | ({"LD_LIBRARY_PATH": f"{layers}/lib"} if layers else {})


def _of_lambda(config: Mapping[str, Any], log: LogStream) -> dict[str, str]:
    region = config["FunctionArn"].split(":")[3]
    logging = config.get("LoggingConfig") or {}
    return {
        "TZ": ":UTC",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', '')}",
        "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat") or "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": log.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log.name,
        "_HANDLER": config.get("Handler") or "",
    } | ({"AWS_LAMBDA_LOG_LEVEL": level} if (level := logging.get("ApplicationLogLevel")) else {})
