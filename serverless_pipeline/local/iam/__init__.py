"""IAM and STS: who may do what.

::

    root_key.py          one root key, and its signature is checked
    role.py              a role by its ARN, and as IAM has it
    sessions.py          sessions of roles, whose credentials cannot be guessed
    roles.py             CodePipeline assumes roles whose trust policy lets it
    credentials.py       a session of a role, and the clients that act with it
    function_actions.py  the IAM action of each request to Lambda
"""
