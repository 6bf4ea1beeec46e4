"""What can go wrong before there is a database."""


class ClusterError(Exception):
    """The embedded PostgreSQL cannot be started here; the message says what to do about it."""
