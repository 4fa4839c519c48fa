"""What is at hand after a run: the replications of a scenario, two of them side by side, and their figures.

    records --> Result --pairs--> Comparison        what is judged of them: `sim.judgements`; many of them: `sim.sweeps`
"""
