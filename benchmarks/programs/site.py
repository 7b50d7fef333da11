"""The delivery of a site, as the function `deploy` does it.

python -m benchmarks.programs.site ZIP BUCKET VERSION
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from lambdas.delivery import site
from lambdas.delivery.order import Order
from lambdas.job.job import Artifact

SECONDS = 900


def main(packed: str, bucket: str, version: str) -> None:
    parameters = {"bucket": bucket, "apiBaseurl": "http://127.0.0.1/", "version": version}
    order = Order(parameters, Artifact("DistSiteOutput", "none", "none"), time.monotonic() + SECONDS)
    print(site.deploy(order, Path(packed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
