"""What a project delivers: its templates, the bundle of the functions, its source, and the plan made of them.

::

    assets        where `cfn/` and `lambdas/` lie
    functions     the names of the pipeline's functions
    templates     rendered: Jinja decides their shape
    values        what the settings say, as the root template's parameters
    lint          what cfn-lint says of them
    bundle        the functions and what they require, in one zip
    working_tree  what git knows of the project, as it lies on the disk
    source        a snapshot of it in S3
    bucket        the bucket in which all of it lies, before there is a stack

    plan          what `up`, `diff` and `link` begin with, made once and handed on
    standing      how the stacks stand before that
    preflight     what would go wrong, told before anything changes
    marks         what was well is not looked at again

    releases      what was delivered, on record
    retention     data that outlives its stack
    estate        all that belongs to a pipeline, before it is taken down and after
"""
