"""CloudFront: distributions that answer at an address of this machine, and keep what they were told to keep.

MiniStack answers as a distribution is configured: behaviors, origins, functions, policies, pages for errors. What it
lacks is here:

viewer          `/_cloudfront/<distribution>/…`, where a distribution answers
cache           what a distribution keeps of its origins, for how long, and what it forgets
configuration   what a distribution says of that
conditions      what is answered of a file that is kept: nothing new, or a part
origin          asks the cache before an origin, and tells a missing object from one that is not allowed
invalidations   are in progress for a while, have their limits, and make a cache forget
remarks         what of a distribution has no effect here

Not imitated: https, an access control that signs nothing, and what `remarks` lists, which is said where it is used.
CloudFront Functions are run by `node`; without it a request for one ends in 503, as where a function fails.
"""
