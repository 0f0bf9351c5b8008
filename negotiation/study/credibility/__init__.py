"""Whose threats are believed, where they turn, and how likely that is."""
