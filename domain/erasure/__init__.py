"""Erasure: how long personal data are kept, who decides that they go, and what stops it.

Data go by destroying the key they are sealed under; every entry, proof and signature stays as it is. Three offices take
part: the registrar adopts retention periods, a section officer proposes, the discipline office approves, declines, and
places legal holds. Start at ``approve_erasure.py``.
"""
