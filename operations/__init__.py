"""What an operator does with a stage that runs: erasing a person, restoring, changing keys. Never deployed."""
