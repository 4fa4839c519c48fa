"""What figures let one say: verdicts in words, claims, hysteresis, whether the warm-up was long enough, baselines, precision.

    records, rows --> hysteresis, warm-up, faults, claims, words     functions; a result and a comparison have them as methods
    results       --> baselines, precision                           what is asked of results, and may run more
"""
