"""What the application reckons with."""


def total(items):
    return sum(items)
