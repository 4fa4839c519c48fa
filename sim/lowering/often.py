"""How often a function of the kernel is called: in most runs, where a scenario has the mechanic it is of, or seldom in any."""

OFTEN, FEW, RARE = range(3)
