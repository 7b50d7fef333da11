"""What a source needs: installed once, kept for the next job that needs the same.

resolution    what the requirements resolve from, as a digest
cache         what was installed before, in the artifact bucket
uv            what installs them
bytecode      compiled once, for what is started often
"""
