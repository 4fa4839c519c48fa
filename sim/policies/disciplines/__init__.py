"""Who waits at a replica, and who is next: one file per discipline of its queue, with its rules."""
