"""What a benchmark measures in a process of its own.

::

    archives      one way to pack or unpack
    dependencies  the work of the action `Dependencies`, and its installation alone
    memory        a function that fetches, unpacks, packs and delivers an artifact
    site          the delivery of a site
    naive         the pipeline's functions as a first port of them would be
    relay         what counts requests, and holds them back
    by_hand.sh    the work of an execution, without a pipeline
"""
