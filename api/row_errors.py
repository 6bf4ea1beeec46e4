"""What is wrong with a row of an imported table, in Chinese and English.

Rules of tables have their sentences here; refusals of commands have theirs in the table of ``errors.py``.
"""

from typing import Any, Final

from api.errors import TABLE
from domain.registry.import_rows import RowError

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "table_unreadable": ("无法读取该文件。", "The file cannot be read."),
    "table_empty": ("表格为空。", "The table is empty."),
    "table_too_long": ("行数过多，每个文件最多 10,000 行。", "Too many rows: a file holds at most 10,000."),
    "column_unknown": ("无法识别该列。", "This column is not known."),
    "column_twice": ("该列出现两次。", "This column is there twice."),
    "column_missing": ("缺少该列。", "This column is missing."),
    "cell_without_header": ("单元格上方没有列名。", "A cell has no header."),
    "cell_empty": ("该单元格不能为空。", "This cell must not be empty."),
    "cell_not_one_of": ("该单元格的内容不在允许的词语之内。", "This cell holds none of the words that are allowed."),
    "cell_not_a_date": ("该单元格不是有效日期。", "This cell holds no date."),
    "code_unknown": ("没有登记过这个编号。", "Nothing is registered under this code."),
    "repeated_in_file": ("与前面某一行重复。", "An earlier row says the same."),
    "holds_no_such_office": ("被代理人在该单位没有此任职。", "The person stood in for holds no such office there."),
    "invalid": ("内容不符合规则。", "The content breaks a rule."),
}


def row_error(error: RowError) -> dict[str, Any]:
    """A row error as it is answered. No cell is ever repeated: it may be a name or a telephone number."""
    sentences = SENTENCES.get(error.code)
    if sentences is None and error.code in TABLE:
        sentences = (TABLE[error.code].zh, TABLE[error.code].en)
    zh, en = sentences or ("不符合登记规则。", error.rule)
    return {
        "row": error.row,
        "column": error.column,
        "code": error.code,
        "rule": error.rule,
        "zh": zh,
        "en": en,
        "details": dict(error.details),
    }
