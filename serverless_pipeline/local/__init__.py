"""AWS on a laptop: MiniStack in a process of our own, with what it lacks for this product added.

Two processes meet here, by HTTP and by the files of `.local`::

    client/          the side of `invoke`: start the server, find it again, stop it
    home.py          the files of `.local`
    environment.py   the few variables the server, and after it a function, gets to see
    processes.py     ending a process with all that it started

    __main__.py      the process of the server: install the additions, serve until SIGTERM, end every function
    seams.py         the only file that touches MiniStack: each name that is reached for, and why
    app.py           the ASGI application: our own addresses, then MiniStack's
    reply.py         answers of our own addresses
    website.py       a bucket as a static website
    astray.py        what a page of a site names by its path from the root
    redirection.py   where the configuration of a website sends requests

    gate/            what a request must pass before everything: host, page, signature, size
    protocol/        what a service gets of a request, and what is said of services that are not here
    functions/       Lambda: execution environments, their layers and logs, aliases, event sources, lost events
    iam/             IAM and STS: one root key, sessions, roles, the action and the keys of a request, deliveries
    cloudformation/  transforms, change sets, nested stacks, deletions, rights, addresses that answer
    cloudfront/      distributions that answer here, and their cache
    apigateway/      OpenAPI documents, permissions, deployments that keep what their stages serve
    codepipeline/    CodePipeline, which MiniStack does not have

Each addition is a function `install`, and says in its module's docstring what MiniStack lacks; the docstring of a
folder is the map of it. `ministack` is in the extra `local`; it is pinned, and another version is refused, because the
additions reach inside it.

What the embedded AWS does not imitate: everything is lost when it stops. A function is a process of the same user,
not a virtual machine: memory and disk limits are not enforced, the network is open, and its interpreter is the
laptop's, whatever `Runtime` says; only Python runs, and its layers do not lie at `/opt`. Recursive loops are not
detected. Traffic is shifted at once where CodeDeploy would shift it in steps. A deployment of a REST API keeps no copy
of authorizers, models and validators: all stages use the latest. Block Public Access, encryption and retention are
stored, not felt, beyond what MiniStack does. Forms that post an object to a bucket are refused. Code downloads
(`GetFunction`'s `Code.Location`) are switched off.
"""
