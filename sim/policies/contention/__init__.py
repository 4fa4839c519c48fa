"""How work that goes on at once slows down: one file per kind of contention, each a set of the two parts that engines know."""
