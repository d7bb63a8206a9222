"""Secrets in files that git tracks: written patterns, and values that look drawn by lot under a secret's name. Own and small: the library
kept for it (detect-secrets) has had no release since May 2024, and what it adds to this are mostly patterns of services we do not use.

What is found is told by file, line and kind, never by its value. What is meant to stand there (keys of RFC examples, passwords of tests) is
allowed by the first 16 hex digits of its hash, one a line in `audit_allowed.txt`, with the reason.
"""

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALLOWED = Path(__file__).with_name("audit_allowed.txt")
MOST_BYTES = 2_000_000
RANDOM_BITS = 3.6
"""Entropy of a letter above which a value of 16 letters or more looks drawn by lot; words and paths stay below."""
PATTERNS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}\b"),
    "GitLab token": re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}\b"),
    "Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b"),
    "Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "Grafana token": re.compile(r"\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b"),
    "PyPI token": re.compile(r"\bpypi-[A-Za-z0-9_-]{50,}\b"),
    "signed web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b"),
    "robot's address": re.compile(
        r"https://(?:oapi\.dingtalk\.com/robot/send\?access_token=|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=|"
        r"open\.feishu\.cn/open-apis/bot/v2/hook/)[A-Za-z0-9-]{16,}"
    ),
}
NAMED = re.compile(
    r"(?:password|passwd|secret|token|api_?key|private_?key|credential)\w{0,20}[\"']?\s{0,4}[:=]\s{0,4}[\"']([^\"'\s]{16,200})[\"']",
    re.IGNORECASE,
)

_LIKELY = re.compile("|".join(pattern.pattern for pattern in PATTERNS.values()))
"""Nearly every file has nothing of all this: it is looked at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """One place. `mark`: 16 hex digits of the value's hash."""

    path: str
    line: int
    kind: str
    mark: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind} ({self.mark})"


def entropy(text: str) -> float:
    """Bits a letter."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def secrets_in(path: str, text: str) -> Iterator[Found]:
    """Pure."""
    if not (_LIKELY.search(text) or NAMED.search(text)):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for kind, pattern in PATTERNS.items():
            for match in pattern.finditer(line):
                yield Found(path, number, kind, mark_of(match[0]))
        for match in NAMED.finditer(line):
            if entropy(match[1]) >= RANDOM_BITS:
                yield Found(path, number, "value under a secret's name", mark_of(match[1]))


def mark_of(value: str) -> str:
    return sha256(value.encode()).hexdigest()[:16]


def allowed() -> set[str]:
    """The marks of the file; what follows a mark is the reason."""
    return {line.split()[0] for line in ALLOWED.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")}


def tracked(root: Path = ROOT) -> list[str]:
    """Files that git knows, and new ones that it would take."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return [name for name in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0") if name]  # noqa: S603


def scan(root: Path = ROOT) -> tuple[int, list[Found]]:
    """How many files were read, and what stands in them that is not allowed."""
    fine, found, count = allowed(), list[Found](), 0
    for name in tracked(root):
        path = root / name
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            count += 1
            found += [one for one in secrets_in(name, path.read_bytes().decode("utf-8", "replace")) if one.mark not in fine]
    return count, found


if __name__ == "__main__":
    read, there = scan()
    print(*there, f"{read} files read, {len(there)} secrets", sep="\n")  # noqa: T201
    sys.exit(bool(there))
