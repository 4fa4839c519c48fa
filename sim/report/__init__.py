"""What a run leaves on disk, and how its figures are written: tables, a manifest, series, figures, JUnit."""
