"""Signatures that people hold: credentials and who vouched for them, what is signed, and what becomes of a dispute."""
