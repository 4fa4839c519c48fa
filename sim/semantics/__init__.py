"""What a run means: the order of events, the hooks where policies are asked, and the rules that belong to none."""
