"""A task of the source in a process of its own, and what it prints.

task           what runs: Invoke, in the source
project        the folder of the source in which it runs
environment    where it runs: a virtual environment of the dependencies, with only what it must hold
outputs        what it made, as the zips of artifacts
template       the environments' template, packaged beside what a task made
process        a process that does not outlive the job
descendants    what it started, directly or not, and the end of all of it
output         what it says, in bounded memory
secrets        what an action names for its task, from where it is kept
mask           the secrets that nobody shows
version        the version of the source
"""
