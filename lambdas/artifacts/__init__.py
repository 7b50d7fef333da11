"""Artifacts: fetched, unpacked, packed and delivered.

transfer     between S3 and a work folder
archive      a folder becomes a zip, a zip becomes a folder
opener       a file or a folder that a task left, if it is what it seems
member       one file of a zip, no larger than it may be
directory    what a zip says of its entries, judged before anything is written
unpacking    the entries of a zip, read by several threads
packing      the entries of a zip, written in order
deflating    deflate, by the quickest library there is
"""
