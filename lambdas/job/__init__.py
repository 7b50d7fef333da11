"""A job of CodePipeline, from the event to the one answer; read in this order.

action       the edge of every function: event -> job -> attempt -> outcome -> report
context      how long the function still has
job          the event, read once: the job, its artifacts, its credentials
claim        the job is this process's, or it is let go
parameters   `UserParameters`, a query string, and what is wrong with it
attempts     `retries=n`: what fails goes on in a new job
ending       how a job can end, and the errors that end it early
answer       report the outcome to CodePipeline, once
refusal      what AWS's refusals mean, and what to tell the user
pages        page after page of what AWS lists, as long as it goes on
shortage     what the operating system has not enough of
clients      the clients of AWS, each made once
"""
