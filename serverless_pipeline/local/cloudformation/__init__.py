"""CloudFormation, as far as MiniStack lacks it.

::

    records             stacks and change sets as MiniStack keeps them: the one that a request names
    change_sets         change sets: alone, once, listed by ID, obeying conditions
    nested_change_sets  what a change set finds in nested stacks
    eventual            change sets that take a while to be deleted; off unless a test asks for it
    origin              a stack says which change set made it
    nested              nested stacks can be updated, and know their parent and their root
    deletion            nested stacks are deleted as roots are, buckets only when they are empty
    generated_names     a resource keeps its generated name while it is updated
    properties          the tags of a bucket, the boundary of a role
    taken_names         a log group whose name is taken fails its stack
    caller              in whose name CloudFormation calls: who called it, or the stack's service role
    authority           each call for a resource is put to IAM in that name
"""
