"""S3, as far as MiniStack lacks it.

::

    account   the account blocks public access to all of its buckets, or does not
    versions  an event for EventBridge says which version of an object it is about
"""
