"""Concurrency limits of replicas, one kind a file: how many requests may wait or be at work there at once."""
