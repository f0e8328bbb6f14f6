"""People: organisations, their users, signing in and staying signed in."""
