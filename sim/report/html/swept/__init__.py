"""The page of a sweep: framed and dressed like that of a run, and made of what the sweep's folder says.

    sweep.json, runs/  --load_sweep-->  Sweep  --charts-->  figures --.
                                          '------------ page ---------+-->  report.html

    verdict     what is missing; how many points hold what; the sentences of the sweep
    charts      those that its axes call for, and those that were asked for
    points      every point with its intervals and objectives, sorted by any column
    settings    the plan, every scenario, the command that repeats it

Nothing is kept beside the page: the folder of a sweep stays the same to the byte, and its charts never lag behind its runs.
"""
