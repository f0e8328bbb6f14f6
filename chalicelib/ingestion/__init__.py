"""Events in: read, checked against the pipeline's rules, put on the queue."""
