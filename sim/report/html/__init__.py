"""The report as one HTML page that needs nothing else: no network, no other file, no code but its own.

    records --data--> replay.json          written beside the tables when a run or a comparison is
    folder  --folder--> page --> report.html

    verdict     who won what, in words and in six figures
    why         what broke first, when, and in which order it spread
    replay      the topology over time, both sides in step
    detail      tables, figures, objectives, settings, how to repeat

The page is made from the files of the folder alone, so an old folder gets a new page by ``eventflow report DIR``.
"""
