"""The side of `invoke`: start the embedded AWS, find it again, stop it."""
