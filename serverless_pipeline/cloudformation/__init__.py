"""CloudFormation as the library sees it: stacks, their events, change sets, and what is retained.

::

    stack         one stack: how it stands, and what it shall be
    tree          a root and those nested in it, with their resources, looked at once
    template      a rendered template as data, and what CloudFormation would refuse in it
    values        what a template tells of a value before CloudFormation knows the rest
    sam           a template after its transforms: what SAM makes of it
    change_set    made, looked at, executed, discarded
    changes       what a change set would change, resource by resource
    operation     followed to its end, and why it failed if it did
    events        what happened, oldest first, each once
    progress      the picture of an operation
    causes        what well-known reasons usually mean, and what to do
    calls/        what CloudFormation calls for a resource of each type, and what it is allowed on
    permissions   what has to be allowed for resources
    statements    permissions as the statements of IAM's policies
"""
