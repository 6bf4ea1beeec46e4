"""The publisher: from rows of the ledger to tiles and signed checkpoints, which are files outside the database.

Start reading at ``publisher.py``. Everything that is served lies under the public folder in the layout of C2SP
tlog-tiles; the last signed checkpoint, the staging file and the lock lie in the state folder, which is private.
"""
