"""Where the truth is kept: databases, files, clocks. Imports `domain`, is wired by `api`."""
