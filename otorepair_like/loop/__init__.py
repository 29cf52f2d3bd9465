"""The loop of a living program: one machine decides, the edge acts.

``machine`` (pure) follows three tables, for the program, the repair and the run, and turns inputs into commands;
``supervisor`` carries them out and feeds it; ``session`` puts everything together.
"""
