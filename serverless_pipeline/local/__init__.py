"""AWS on a laptop: MiniStack in a process of our own, with what it lacks for this product added.

Two processes meet here, by HTTP and by the files of `.local`::

    client/          the side of `invoke`: start the server, find it again, stop it
    home.py          the files of `.local`
    environment.py   the few variables the server, and after it a function, gets to see
    processes.py     ending a process with all that it started

    __main__.py      the process of the server: install the additions, serve until SIGTERM, end every function
    additions.py     every addition, in its order
    seams.py         the only file that touches MiniStack: each name that is reached for, and why
    modes.py         what an account can be one way or another in, chosen at the start
    app.py           the ASGI application: our own addresses, then MiniStack's
    repositories.py  git repositories of this machine, which stand for hosted ones
    reply.py         answers of our own addresses
    website.py       a bucket as a static website
    cron.py          when a cron expression names a minute
    astray.py        what a page of a site names by its path from the root
    redirection.py   where the configuration of a website sends requests

    sandbox/         a place on this laptop that looks like Lambda's execution environment
    gate/            what a request must pass before everything: host, page, signature, size
    protocol/        what a service gets of a request, and what is said of services that are not here
    eventual/        what takes its time on AWS, where that is asked for
    functions/       Lambda: execution environments, their layers and logs, aliases, event sources, lost events
    iam/             IAM and STS: one root key, sessions, roles, the action and the keys of a request, deliveries
    cloudformation/  transforms, change sets, nested stacks, deletions, rights, addresses that answer
    s3/              what the account says of its buckets
    cloudfront/      distributions that answer here, and their cache
    apigateway/      OpenAPI documents, permissions, deployments that keep what their stages serve
    codebuild/       builds that run, as processes in a sandbox
    connections/     connections to hosts of git repositories
    codepipeline/    CodePipeline, which MiniStack does not have

Each addition is a function `install`, and says in its module's docstring what MiniStack lacks; the docstring of a
folder is the map of it. `ministack` is in the extra `local`; it is pinned, and another version is refused, because the
additions reach inside it.

What the embedded AWS does not imitate: everything is lost when it stops. A function runs in a sandbox
with the laptop's network and kernel, not in a virtual machine; it is not frozen between invocations, and where no
sandbox can be made (`local.status` says it) it is a process like any other, of the same user. Recursive loops are not
detected. Traffic is shifted at once where CodeDeploy would shift it in steps. A deployment of a REST API keeps no copy
of authorizers, models and validators: all stages use the latest. Encryption and retention are stored, not felt, beyond
what MiniStack does. Forms that post an object to a bucket are refused. Code downloads
(`GetFunction`'s `Code.Location`) are switched off.
"""
