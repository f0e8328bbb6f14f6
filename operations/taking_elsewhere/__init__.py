"""Taking a stage's configuration and people to another stage, in a sealed file."""
