"""What several replications say: figures, verdicts, differences, claims.

    records --> Result --pairs--> Comparison --> verdict in words      precision, claims, baselines: what is asked of them
"""
