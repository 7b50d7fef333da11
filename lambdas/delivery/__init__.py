"""The kinds of delivery, and the record of a release."""
