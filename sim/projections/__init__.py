"""Read models that follow events: what is published, what is in them, and who waits for it."""
