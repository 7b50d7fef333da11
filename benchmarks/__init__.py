"""What things cost, each figure beside its peer in the same run: `python -m benchmarks.<name>` at the root.

The map::

    run           the figures of the README: an execution, `up`, `--list`
    whole         an execution of a project of some size, beside a naive port of its functions
    examples      each example from its first `up` to production, and what the pipeline adds to its tasks
    twelve        one changed function of twelve, beside `sam deploy`
    actions       what an action costs beside its work, cold and warm
    stack         a change of the stack, beside `aws cloudformation deploy` and sceptre; linting, beside cfn-lint
    site          the delivery of a site, beside `aws s3 sync`
    archives      packing and unpacking, beside `cp -r`, `shutil`, `zipfile` and `unzip`
    dependencies  an installation, beside `pip install --target` and `sam build`
    cold_start    what bytecode in the bundle saves a cold function
    sandbox       what a sandbox costs an invocation, beside the same function without one
    memory        the memory that a large artifact takes in a function

    mutants       no figure, but a share: how many small faults the unit tests notice
    mutations     those faults

    place         where a benchmark happens: a scratch copy, a clean environment, an embedded AWS, peers from PyPI
    figures       the figures, their table, and the options that every benchmark has
    programs/     what is measured in a process of its own

Everything happens in scratch folders, on tmpfs where there is one. Read ratios rather than seconds.
"""
