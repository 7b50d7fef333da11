"""What takes its time on AWS, or is rationed there; off unless the setting `local_eventual` says how many seconds.

::

    functions  a function is pending after it is made, and in progress after it is updated
    deletions  a function that is deleted is there for a while
    aliases    an alias that was moved still sends invocations where it did
    roles      a role that was just made cannot be assumed yet
    policies   what a policy of a role says counts after a while
    buckets    a bucket that was deleted is still listed, and its name is taken
    quotas     who asks too often is told to slow down

Deletions of change sets are in `cloudformation.eventual`, invalidations in `cloudfront.invalidations`.
"""
