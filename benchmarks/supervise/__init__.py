"""Supervision against its peers, measured in one run: ``python -m benchmarks.supervise [ROW…]``.

Peers are installed into a temporary folder; one that cannot be had is left out, with the reason. Times are medians of
seven, taken in turns, so that whatever else the machine does meets all alike.
"""
