"""A place on this laptop that looks like Lambda's execution environment, and out of which nothing leads.

::

    root.py          what a process in it sees: a list of entries, from `/var/task` to `/dev/null`
    tools.py         the programs of AWS's image, copied from the laptop
    system.py        what of the laptop is needed for them to run, and to reach an index of packages
    limits.py        how many files and processes there may be
    bubblewrap.py    the command that makes such a root with bubblewrap
    namespaces.py    the command that makes it with this interpreter, where bubblewrap is not installed
    unshare.py       the program of that command
    kind.py          which of the two works here, or why neither does

The namespaces for mounts, processes and IPC are its own; the network is the laptop's, since a function has to reach
this AWS and an index of packages.
"""
