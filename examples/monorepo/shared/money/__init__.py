"""Amounts of money, for all services."""


def written(cents):
    """An amount as a customer reads it: 1250 is "12.50"."""
    return f"{cents // 100}.{cents % 100:02}"
