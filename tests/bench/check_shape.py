"""Say what is wrong with the shape of a benchmark's report, and end with 1 if anything is.

make bench BENCH=append ARGS=--quick > report.json && python tests/bench/check_shape.py append report.json
"""

import json
import sys
from pathlib import Path
from typing import Any

ROW = {"what": str, "peer": str, "n": int, "rate": float, "p50_ms": float, "p99_ms": float, "peak_mb": float}


def wrong_in(text: str, ratios: set[str]) -> list[str]:
    """What is wrong with a report of a benchmark that promises these ratios."""
    try:
        report: Any = json.loads(text)
    except ValueError as error:
        return [f"not one JSON object: {error}"]
    if not isinstance(report, dict) or set(report) != {"rows", "ratios", "machine"}:
        return ["not an object of rows, ratios and machine"]
    wrong = [] if report["rows"] else ["no rows"]
    for row in report["rows"]:
        if set(row) != set(ROW):
            wrong.append(f"fields of a row: {sorted(row)}")
            continue
        wrong += [
            f"{row['what']}: {name} is {row[name]!r}" for name, kind in ROW.items() if type(row[name]) is not kind
        ]
        if not wrong and not (row["n"] > 0 and row["rate"] > 0 and 0 <= row["p50_ms"] <= row["p99_ms"]):
            wrong.append(f"{row['what']}: no measurement")
    if set(report["ratios"]) != ratios or not all(ratio > 0 for ratio in report["ratios"].values()):
        wrong.append(f"ratios: {report['ratios']}")
    if not report["machine"]:
        wrong.append("no machine")
    return wrong


RATIOS = {
    "append": {"vs_library_at_100", "vs_umadb_at_100", "vs_library_at_1", "vs_copy_at_1000"},
    "proof": {"rehash_vs_postgres", "verify_vs_pymerkle", "append_while_publishing"},
}

if __name__ == "__main__":
    name, report = sys.argv[1:]
    found = wrong_in(Path(report).read_text(encoding="utf-8"), RATIOS[name])
    sys.exit("\n".join(found) if found else 0)
