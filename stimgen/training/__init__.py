"""One loop that trains any model, and what it keeps on disk."""
