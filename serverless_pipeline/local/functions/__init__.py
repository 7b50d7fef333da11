"""Lambda: what MiniStack's lacks for this product.

::

    place.py                  the interpreter, the folder and the endpoint of this laptop's functions
    pool.py                   which execution environment takes an invocation, and when one ends
    execution_environment.py  one process of a function: start, invoke, time out, end
    variables.py              the environment variables that a function sees
    channel.py                a process that is asked and answers over two pipes
    bootstrap.py              the program in that process: it loads the handler and calls it
    output.py                 what that process prints, read until it ends
    logs.py                   a function's output in CloudWatch Logs, line by line as it is printed
    runtime.py                the interpreter: the standard library and boto3
    task_root.py              a function's code on disk, executable bits and symbolic links kept
    layers.py                 a function's layers on disk
    event_sources.py          an event source mapping reads with the function's role
    refusals.py               a function that cannot run here is refused when it is made
    aliases.py                an alias sends invocations to its versions by weight
    lost_events.py            an invocation that failed reaches its on-failure function
"""
