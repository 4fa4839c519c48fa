"""Results that last: one file from which figures and charts can be made again, to the digit, by this version and later ones.

    Result, Comparison, Sweep --header and integer arrays--> a zip, sealed by a SHA-256 --> the same again, or a refusal

The pages: `container` is the file's form, `layout` the names of a record's columns, `results` puts records in and out,
`origin` says what a file was written by; `labelled` and `parquet` hand the same figures to other tools. Files are written whole
or not at all, by `sim.whole_file`.
"""

from __future__ import annotations
