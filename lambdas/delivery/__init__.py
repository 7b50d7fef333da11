"""What the functions deliver, and where it goes; `order` says what a kind of delivery is, `delivery` has them all.

delivery       the kinds by type; begin and resume one delivery, the digest of its artifact beside it
order          what is ordered: one artifact, the parameters, the deadline; what a kind has to offer
function       type=lambda: a zip becomes a version
readable       whether Lambda could read the code
alias          the alias of a function: find, create, move
shift          the alias moves by and by
health         the alarms and the errors that speak against a new version
api            type=apigateway: an OpenAPI document becomes an API, its stage serves it
site           type=s3: files go to a bucket in an order that keeps the site whole
headers        what a browser is told about a file
patterns       what an action says of the headers of files that fit a pattern
site_changes   what a delivery changes in a bucket
site_memory    what the bucket remembers of how it was filled
site_bucket    the bucket of a site: list, put, delete
invalidation   the caches before a site are told what changed
site_progress  how far a delivery is that waits for them
upload         many uploads at once
stack          type=cloudformation: a template becomes a stack
change_set     the change set of a stack: create, execute, discard
template       the template, its parameters and tags, in an artifact
assets         what a template names, in the artifact bucket
contents       what the deliveries of an environment need of its stack
data_loss      the data that a change set would lose
stack_failure  the first cause of a failure
release        what was delivered, on record
rehearsal      type=mock: nothing is delivered
"""
