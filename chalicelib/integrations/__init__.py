"""Where events go: the catalog of vendors, templates with their revisions, and what is attached to which pipeline."""
