"""The fast engine: one event loop over flat int64 memory, compiled by Numba. Same verbs as the readable one, same results.

    layout.py     where everything lives in the memory             memory.py   rows: take, give back; agenda; calendar
    calls.py      send, reach, begin, finish, reply, settle        broker.py   publish, append, deliver, commit, rebalance
    steps.py      what a handler does                              faults.py   crash, kill, restart
    loop.py       the event loop                                   host.py     prepares memory, grows it, reads results
    gather.py     writes down what the histograms hold
"""
