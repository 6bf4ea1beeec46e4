"""Files that people hand in: tables."""
