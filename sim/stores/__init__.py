"""What handlers write to: stores, their transactions, and what leaves them again."""
