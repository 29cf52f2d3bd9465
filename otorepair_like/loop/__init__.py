"""The healing loop: one machine decides, the edge acts.

``machine`` (pure) holds three coupled tables, Child, Repair and Breaker, and turns what happens into commands;
``supervisor`` carries them out and feeds it; ``attempts`` runs one attempt; ``session`` puts the house together.
"""
