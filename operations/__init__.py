"""What an operator does with a stage that runs: erasing a person, restoring, taking its configuration to another,
changing keys. Never deployed."""
