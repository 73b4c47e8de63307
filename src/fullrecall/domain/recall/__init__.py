"""The recall case: one table of transitions, the state folded from facts, and what the ladder does next."""
