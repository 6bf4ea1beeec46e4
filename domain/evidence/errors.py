"""What is wrong with evidence. One root, so that a verifier can tell "invalid" from a fault of its own."""


class EvidenceError(Exception):
    """The evidence is not what it claims to be."""


class MalformedError(EvidenceError):
    """The bytes do not have the form that the specification gives them; ``field`` and ``rule`` say where."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class ProofError(EvidenceError):
    """A Merkle proof does not lead to the root. ``expected`` and ``computed`` are roots, empty if none was reached."""

    def __init__(self, rule: str, *, expected: bytes = b"", computed: bytes = b"") -> None:
        super().__init__(rule)
        self.rule = rule
        self.expected = expected
        self.computed = computed


class SignatureError(EvidenceError):
    """A signature of a known key is wrong, or no known key has signed."""


class PolicyError(EvidenceError):
    """The signatures are right, and not those that the policy asks for."""
