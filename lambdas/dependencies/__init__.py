"""What a source needs: resolved, installed once, kept for the next job.

::

    resolution    a digest of all that decides what is installed
    cache         what was installed before, in the artifact bucket
    uv            what installs them
    bytecode      what is installed once and started often is compiled once
"""
