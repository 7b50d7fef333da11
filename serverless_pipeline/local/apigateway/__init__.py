"""API Gateway, as far as MiniStack lacks it.

::

    openapi      what an OpenAPI document says: operations, integrations, and what is wrong with it
    rest_api     PutRestApi: a document replaces a REST API's resources, or is merged into them
    deployments  a deployment keeps what its stages serve
"""
