"""API Gateway, as far as MiniStack lacks it.

::

    openapi      what an OpenAPI document says: operations, integrations, and what is wrong with it
    constraints  what API Gateway does not take, though OpenAPI lets it be written
    stage_variables  a stage's variables in the addresses of integrations
    rest_api     PutRestApi: a document replaces a REST API's resources, or is merged into them
    http_api     a document replaces an HTTP API's routes
    documents    the document of an API in a template; the API keeps its address when it changes
    permissions  an API invokes a function that lets it in
    deployments  a deployment keeps what its stages serve
"""
