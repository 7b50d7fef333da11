"""What a source needs: resolved, installed once, kept for the next job.

::

    named         what the setting `requirements` names: a list, a project, a lock
    settings      uv's own, as far as they lie in the source
    resolution    a digest of all that decides what is installed
    cache         what was installed before, in the artifact bucket
    uv            what installs them
    relocation    where an editable package lies, in the source of whichever job
    bytecode      what is installed once and started often is compiled once
"""
