"""How each family of mechanics becomes rows and instructions: one file per family.

    services.py   services, their operations        brokers.py   topics and subscriptions, by the family of their broker
    steps.py      the steps of a handler            log.py       a log: topics and consumer groups
    calls.py      call sites and their retries      faults.py    the fault schedule, by the fields of effects
    flows.py      the clients of flows

A file here is given the compiler and asks it for numbers, streams and tables; the compiler calls the families in its order.
All files of this folder are loaded together, so a new one registers its steps, brokers and fields, and no list is edited.
"""

import importlib
import pkgutil

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")
