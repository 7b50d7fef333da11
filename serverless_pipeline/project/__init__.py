"""What a project delivers: its templates, the bundle of the functions, its source, and the plan made of them.

::

    environments          the stages that deliver, and the stacks that they make
    environment_template  the template of those stacks, and what follows from it
    rights                what CloudFormation may do in them
    parameters            the values that their template gets
    outputs               what all stacks say of themselves, told together

    query                 the query strings of actions
    variables             what tasks find in their environment: values, secrets, the folder
    stage                 the actions of the stage of an environment
    clashes               names that would be there twice

    templates             rendered: Jinja decides their shape
    values                what the settings say, as the root template's parameters
    lint                  what cfn-lint says of them
    bundle                the functions and what they require, in one zip
    tools                 what the project brings to its tasks beside them, as layers
    machine               for which machine a program is built
    laptop_only           what tasks do that works on a laptop alone
    working_tree          what git knows of the project, as it lies on the disk
    source                a snapshot of it in S3
    bucket                the bucket in which all of it lies, before there is a stack

    plan                  what `up`, `diff` and `link` begin with, made once and handed on
    environment_plan      what this working tree would make of an environment
    standing              how the stacks stand before that
    account               what only an account has, and a pipeline needs
    preflight             what would go wrong, told before anything changes
    marks                 what was well is not looked at again

    releases              what was delivered, on record
    retention             data that outlives its stack
    estate                all that belongs to a pipeline, before it is taken down and after
"""
