"""What takes its time on AWS, or is rationed there; off unless the setting `local_eventual` says how many seconds.

::

    functions  a function is pending after it is made, and in progress after it is updated
    roles      a role that was just made cannot be assumed yet
    quotas     who asks too often is told to slow down

Deletions of change sets are in `cloudformation.eventual`, invalidations in `cloudfront.invalidations`.
"""
