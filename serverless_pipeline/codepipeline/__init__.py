"""CodePipeline as the library sees it.

::

    pipeline    what CodePipeline answers: the declaration, the executions, one of them from look to look
    execution   an execution as far as it got, and what its stages and actions mean together
    outcome     how an execution ended, with what a person needs to know then
    logs        what the functions of actions print
    board       the picture of an execution: live on a terminal, a line per change elsewhere
"""
