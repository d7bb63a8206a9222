"""Which commands of the documentation `test_tutorial.py` types for real. A Chinese page has the blocks of the English one."""

import re

PAGES = {
    "docs/tutorial.md": r"export PATH|davy |python3 |zcat ",
    "docs/how-to/back-up.md": r"davy ",
    "docs/how-to/audit-a-count.md": r"davy (?!.*province\.pub)",
    "docs/how-to/opc-ua.md": r"openssl ",
}


def is_typed(page: str, command: str) -> bool:
    """Whether a test types this line of that page."""
    kind = PAGES.get(page.replace(".zh.md", ".md"))
    return kind is not None and re.match(kind, command) is not None
