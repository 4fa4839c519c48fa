"""What a run leaves behind: the recorder, the record, its ledger and histograms."""
