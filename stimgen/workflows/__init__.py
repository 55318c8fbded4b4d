"""What each command does, as one function."""
