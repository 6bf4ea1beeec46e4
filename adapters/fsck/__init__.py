"""``fsck``: does the database still hold what was appended, and what was signed? Each difference by position and field.

Start reading at ``log.py``. Nothing here trusts a column, an index or a view: entries are hashed anew, the tree is
built anew, and everything else is compared with the entries; the entries themselves with what was published. It reads
in pages of a few hundred rows, each in a snapshot of its own, and may run while the log grows: what it looks at ends
at the head that it began with.
"""
