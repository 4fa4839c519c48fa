"""Charts of results and comparisons: one file for each, found by its name.

    comparison.plot.goodput()  --sim/charts/goodput.py--> Axes

Every chart has ``plot(result_or_comparison, ax=None, **keywords)``; the page ``comparison`` takes and returns a figure. A new
chart is a new file here with a function ``plot``. Importing this package does not load Matplotlib; drawing does.
"""
