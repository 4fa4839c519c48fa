"""The fast engine: one event loop over rows in one memory, in machine code. The readable engine's verbs, the same results.

    state.py      the rows: what exists in a run            codes.py    what words of rows mean
    family_rows.py  those that stand by themselves          kernel_rows.py  agenda, calendar, pools
    memory.py     room and rows: take, give back            calendar.py what follows now, and what comes later
    pools.py      what each pool is of                      channels.py, outboxes.py, streams_layout.py  laid out in memory
    calls.py      send, settle, reply; choosing.py          broker.py   publish, append, deliver, commit, rebalance
    serving.py    reach, begin, finish, hand on             chance.py, traces.py  draws; visits of a trace
    hedges.py, quorums.py, left.py  what is sent again, or not needed
    guards.py     whether an attempt may leave              faults.py   crash, kill, restart
    steps.py      what a handler does                       effects.py  business facts
    loop.py       the event loop                            books.py    what is still inside at the horizon
    library.py    machine code: which one, made and kept    host.py     prepares memory, grows it, reads results
    ready_made.py machine code that came with a wheel       sources.py  what the kernel is made of, its hash, its IR
    family_*.py   where steps, events and faults go to files of their family: stores, relays, sagas, projections, ...
"""
