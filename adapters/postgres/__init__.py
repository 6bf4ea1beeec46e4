"""The ledger in PostgreSQL, version 15 or later, without superuser and without extensions.

Start reading at ``event_log.py``: appends go through ``sequencer.py`` to the function of ``append.py``, reads are in
``reading.py``, subscriptions in ``follow.py``. All DDL is in ``alembic/versions``.
"""
