"""The resource: what a pipeline is, who may change it, and what it hands to ingestion."""
