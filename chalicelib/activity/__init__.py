"""What happened: the recent events of a pipeline."""
