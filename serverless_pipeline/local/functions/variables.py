"""The environment variables that a function sees.

What Lambda gives (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), and beside it the way to
this AWS and the laptop's configuration of the network.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import environment, seams
from serverless_pipeline.local.iam import sessions

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.local.functions.logs import LogStream
    from serverless_pipeline.local.functions.place import Place


def variables(config: dict[str, Any], log: LogStream, place: Place, code: Path, home: Path) -> dict[str, str]:
    """All variables of a function; `code` and `home` are its folders.

    As on AWS, the function's configuration comes before the way to AWS and cannot set what Lambda reserves.
    """
    configured = (config.get("Environment") or {}).get("Variables") or {}
    reserved = seams.RESERVED_VARIABLES.value
    return (
        environment.network(os.environ)
        | {"AWS_ENDPOINT_URL": place.url}
        | {name: value for name, value in configured.items() if name not in reserved}
        | sessions.of_function(config).environment()
        | _of_lambda(config, log)
        | {
            "PATH": f"{place.python.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "LAMBDA_TASK_ROOT": str(code),
        }
    )


def _of_lambda(config: dict[str, Any], log: LogStream) -> dict[str, str]:
    region = config["FunctionArn"].split(":")[3]
    return {
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', '')}",
        "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": log.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log.name,
        "_HANDLER": config.get("Handler", "index.handler"),
    }
