"""One file for each command: a function ``command``, and its ``PLACE`` in the list that ``--help`` shows."""
