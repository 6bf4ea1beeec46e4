"""Making bundles: what was asked for, what it rests on, and the files that show both (ADR 0023)."""
