"""Shedding at replicas, one kind a file: who is refused before a replica is full."""
