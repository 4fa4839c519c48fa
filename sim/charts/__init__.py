"""Charts of results and comparisons: one file for each, found by its name.

    from sim.charts import chart
    chart("goodput").plot(comparison)  ->  Axes

Every chart has ``plot(result_or_comparison, ax=None, **keywords)``. A new chart is a new file here with a function ``plot``.
Importing this package does not load Matplotlib; drawing does.
"""
