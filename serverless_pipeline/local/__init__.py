"""AWS on a laptop: MiniStack in a process of our own, with what it lacks for this product added.

The client's side, in the process of `invoke`::

    server.py        ensure, find and stop the one server of a project
    record.py        `.local/aws.json`: which process it is, where it listens and the root key
    listener.py      the listening socket, or who holds the port already
    environment.py   the few variables the server, and after it a function, gets to see
    processes.py     processes and their descendants

The server's side, in the process of `python -m serverless_pipeline.local`::

    __main__.py      serve until SIGTERM, then end every function
    app.py           the ASGI application: our own addresses, then MiniStack's; the list of the additions
    root_key.py      one root key, and its signature is checked
    sessions.py      a function's credentials cannot be guessed
    runtime.py       the interpreter a function runs on: the standard library and boto3
    task_root.py     a function's code on disk, executable bits and symbolic links kept
    function.py      one execution environment of a function: start, invoke, time out, end
    bootstrap.py     the program in that process, between the handler and the server
    logs.py          a function's output in CloudWatch Logs, line by line as it is printed
    alias_routing.py     an alias sends invocations to its versions by weight
    function_actions.py  the IAM action of each request to Lambda
    lost_events.py   an invocation that failed reaches its on-failure function
    rest_api.py      PutRestApi
    deployments.py   a deployment keeps what its stages serve
    website.py       a bucket as a static website
    stacks.py        nested stacks know their parent and their root
    generated_names.py  a resource keeps its generated name while it is updated
    deletion.py      nested stacks are deleted as roots are, buckets only when they are empty
    properties.py    the tags of a bucket, the boundary of a role
    taken_names.py   a log group whose name is taken fails its stack
    caller.py        in whose name CloudFormation acts
    authority.py     it makes, changes, deletes and reads resources with the rights of its caller
    change_sets.py   change sets look into nested stacks
    codepipeline/    CodePipeline

Each addition is a function `install`, and says in its module's docstring what MiniStack lacks.
`ministack` is the extra `local`; it is pinned, and another version is refused, because the additions reach inside it.

What the embedded AWS does not imitate: everything is lost when it stops. A function is a process of the same user,
not a virtual machine: memory and disk limits are not enforced, the network is open, and its interpreter is the
laptop's, whatever `Runtime` says; only Python runs. Recursive loops are not detected. A deployment of a REST API
keeps no copy of authorizers, models and validators: all stages use the latest. Block Public Access, encryption and
retention are stored, not felt, beyond what MiniStack does. Forms that post an object to a bucket are refused. Code
downloads (`GetFunction`'s `Code.Location`) are switched off.
"""
