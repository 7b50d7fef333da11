"""The gate before everything: host, page, signature and size, before a body is read or unpacked.

gate        the order in which a request is looked at, and what is let through
head        what is known of a request before its body
places      what a path is for
origin      the name and the page by which a request came
signature   Signature Version 4, by the head alone
strangers   requests without it
limits      how large a body may be
body        a body as it passes: its size, its speed, its hash
chunks      a body that is signed in chunks
socket      WebSockets
refusal     how a request is turned away, in the protocol of its service
handover    MiniStack believes what was checked
"""
