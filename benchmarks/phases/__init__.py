"""Drivers: each measures one phase and prints one table."""
