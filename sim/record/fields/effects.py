"""What is counted of the effects of flows: applied, doubled, and what the client was told (`sim.record.effects`)."""

from sim.record.families import Family

EFFECTS = Family("effects", one="effect")
LEVEL_PENDING = EFFECTS.level("pending")
LEVEL_UNTOLD = EFFECTS.level("untold")
EFFECT_APPLIED = EFFECTS.counter("applied")  # for the first time
EFFECT_DOUBLED = EFFECTS.counter("doubled")
EFFECT_ABSORBED = EFFECTS.counter("absorbed")
EFFECT_TOLD_OK = EFFECTS.counter("told_ok")
EFFECT_TOLD_FAILED = EFFECTS.counter("told_failed")
EFFECT_UNDONE = EFFECTS.counter("undone")
EFFECT_MENDED = EFFECTS.counter("mended")
EFFECTS.balance("effect", EFFECT_APPLIED, [EFFECT_TOLD_OK, EFFECT_TOLD_FAILED, EFFECT_MENDED], [LEVEL_UNTOLD])
HELD_PENDING = EFFECTS.holding("pending effect", LEVEL_PENDING)
HELD_UNTOLD = EFFECTS.holding("effect not told yet", LEVEL_UNTOLD)

# how wide its rows are, and where it stands in the header where they are
EFFECT_FIELDS, EFFECT_LEVELS = len(EFFECTS.counters), len(EFFECTS.levels)
R_WINDOW_EFFECTS, R_LEVEL_EFFECTS = EFFECTS.window_at, EFFECTS.level_at
