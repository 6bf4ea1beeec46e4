"""The one import of the library's decision language (ADR 0002).

A slice is one use case: its arguments, its consistency boundary, what it folds, what it refuses, what it records.
The library drives folds by method signature: an ``@event(X)`` method names the fields of ``X`` that it wants.
"""

from eventsourcing.dcb.domain import Decision, Selector, Slice, Tagged
from eventsourcing.domain import event

__all__ = ["Decision", "Selector", "Slice", "Tagged", "event"]
