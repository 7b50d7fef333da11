"""CloudFormation, as far as MiniStack lacks it.

::

    records             stacks and change sets as MiniStack keeps them: the one that a request names
    change_sets         change sets: alone, once, of a stack that takes them, listed by ID, obeying conditions
    references          references to what is not there yet are told from each other
    nested_change_sets  what a change set finds in nested stacks
    eventual            change sets that take a while to be deleted; off unless a test asks for it
    origin              a stack says which change set made it, and which service role acts for it
    serverless          a SAM template becomes a plain one
    code_deploy         what SAM's DeploymentPreference needs of CodeDeploy: an alias moves all at once
    failed_transforms   a change set whose template cannot be transformed fails
    nested_transforms   the template of a nested stack is transformed as that of a root is
    nested              nested stacks can be updated, and know their parent and their root
    deletion            nested stacks are deleted as roots are, buckets only when they are empty
    generated_names     a resource keeps its generated name while it is updated
    bucket_access       ACLs, ownership and policies of buckets are refused as S3 refuses them
    properties          the tags of a bucket, the boundary of a role, the CORS of an HTTP API
    managed_policies    a role is made with managed policies that are there
    addresses           addresses that a template puts together are those at which this AWS answers
    remarks             what is otherwise on a laptop with a resource is said in the event of its stack
    validation          properties that their type does not allow are refused
    validator           what does not fit the schema of a type, in the words of AWS's own validator
    schemas             the schema of a resource type, out of those that cfn-lint ships
    taken_names         a log group whose name is taken fails its stack
    caller              in whose name CloudFormation calls: who called it, or the stack's service role
    authority           each call for a resource is put to IAM in that name
"""
