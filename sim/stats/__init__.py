"""Intervals over replications, and paired comparisons under common random numbers."""
