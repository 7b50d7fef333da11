"""Lambda: what MiniStack's lacks for this product.

::

    place.py                  where functions run: their files, this AWS, the sandbox
    pool.py                   which execution environment takes an invocation, and when one ends
    execution_environment.py  one environment of a function: start, invoke, time out, end
    instance.py               its process, with the Runtime API, the output and the memory
    launch.py                 which command, on which paths, in which root
    layout.py                 the paths: Lambda's own, or folders of this laptop
    programs.py               the program of a runtime: a Python, Node.js or a bootstrap
    runtime.py                what Lambda's Python runtime brings along
    runtime_client.py         in the place of what is compiled of AWS's client, for other versions of Python
    lifecycle.py              which runtimes Lambda offers, and which are not run here
    process.py                a process that ends with all that it started
    runtime_api.py            Lambda's Runtime API
    runtime_connection.py     what goes over one connection to it
    runtime_events.py         what happens there
    peers.py                  whose process is at the other end of a connection
    memory.py                 the memory of an environment, held to the function's
    variables.py              the environment variables that a function sees
    output.py                 what that process prints, read until it ends
    logs.py                   a function's output in CloudWatch Logs, line by line as it is printed
    task_root.py              a function's code on disk, links and the permissions of others kept
    inline_code.py            code that stands in a template can be read by everybody
    layers.py                 a function's layers on disk
    event_sources.py          an event source mapping reads with the function's role
    refusals.py               a function that cannot run here is refused when it is made
    report.py                 what of Lambda holds on this laptop
    aliases.py                an alias sends invocations to its versions by weight
    waiting_events.py         an event for which there is no room is tried again
    lost_events.py            an invocation that failed reaches its on-failure function
"""
