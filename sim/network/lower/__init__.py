"""How each family of mechanics becomes rows and instructions: one file per family.

    services.py   services, their operations        flows.py    the clients of flows
    steps.py      the steps of a handler            log.py      topics and consumer groups of a log
    calls.py      call sites and their retries

A file here is given the compiler and asks it for numbers, streams and tables; the compiler calls the files in its order.
"""
