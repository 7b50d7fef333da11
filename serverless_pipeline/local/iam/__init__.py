"""IAM and STS: who may do what.

::

    root_key.py          one root key, and its signature is checked
    role.py              a role by its ARN, and as IAM has it
    sessions.py          sessions of roles, whose credentials cannot be guessed
    trust.py             a role that is handed to a service is there, and lets it in
    roles.py             CodePipeline assumes roles whose trust policy lets it
    credentials.py       a session of a role, and the clients that act with it
    decisions.py         what IAM decides where no request asks it: a service's role, a resource's policy
    deliveries.py        what a service hands to a function or a queue is put to IAM
    condition_keys.py    what conditions may ask of a call to IAM: boundaries, attached policies
    function_actions.py  the IAM action of each request to Lambda
    function_urls.py     who may call a function URL without a signature
"""
