"""The pitfalls of leverage at a point, and levers that are pulled before the talks."""
