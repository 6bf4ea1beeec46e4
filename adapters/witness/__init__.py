"""The witness: a program of another office, with its own folder and key, that never opens our database.

Start reading at ``witness.py``; ``api/witness.py`` is its HTTP.
"""
