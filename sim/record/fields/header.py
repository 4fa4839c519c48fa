"""The header of a running record, of which the words of the families are the rest, and which histograms there are."""

# header of the recorder's memory: addresses (int64 words), and sizes; from `FAMILIES_AT` on the words of the families
R_WINDOW = 0  # number of the current window
R_WINDOW_LENGTH = 1  # ns
R_LIMIT_BEGINS = 2  # for each histogram, and one more: number of its first limit
R_LIMIT_VALUES = 3  # the limits, ns
R_PAGE_OF = 4  # for each histogram and octave: its page, 0: none yet
R_OCTAVES = 5  # for each histogram: a bit for each octave that something fell into in this window
R_JOURNAL = 6
R_JOURNAL_NEXT = 7
R_LOG_NEXT = 8  # 0 without an event log
R_LOG_END = 9
R_LOG_LOST = 10
R_LOG = 11
R_PAGES_NEXT = 12
R_TALLIED = 13  # how many entities have histograms: flows, sagas, follow-ups, projections

# histograms: of every flow these, in this order; those of a saga are, in the same places, how long its effects were visible
# and it was not over, and how long it took, of those that ended unparked; and the same of those under way at the horizon
HIST_REPLIES = 0  # until the answer, of requests that were answered well
HIST_COMPLETIONS = 1  # until everything is done, of flows that were done well
HIST_REQUESTS_OPEN = 2  # at the horizon: how long requests have been without an answer
HIST_FLOWS_OPEN = 3  # at the horizon: how long flows have been under way
HISTOGRAMS = 4
