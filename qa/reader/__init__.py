"""The reader: its weights and model card, and what trains it. What reads at run time is qa/readers.py."""
