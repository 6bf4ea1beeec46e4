"""What can be checked without us: canonical bytes and hashes. Imports nothing else of ours.

The specifications that the modules name: RFC 9162 section 2.1 (the tree of RFC 6962), RFC 8785, and of C2SP, as they
were at its commit 5ba5ee8 (22 July 2026), signed-note, tlog-checkpoint, tlog-cosignature (type 0x04), tlog-tiles,
tlog-witness, tlog-proof and tlog-policy. Vectors for all of them lie in ``tests/vectors/evidence``.
"""
