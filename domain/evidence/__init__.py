"""What can be checked without us: canonical bytes and hashes. Imports nothing else of ours."""
