"""Other ways to the same answers, run on the same subjects side by side."""
