"""What follows a failed attempt: one file per retry policy, with its settings, its row and its rule."""
