"""Did you mean: another query for one that has no hits or few."""
