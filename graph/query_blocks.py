"""Read the named blocks of the .sql and .cypher files, ``-- name: find_lots`` or ``// name: …``."""

import re
from collections.abc import Mapping
from pathlib import Path

_NAME = re.compile(r"^(?:--|//) name: (\w+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^\s*(?:--|//).*\n", re.MULTILINE)


def read_blocks(folder: Path, suffix: str, words: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the query text of each named block in the folder's files.

    ``{word}`` is replaced from the closed table ``words``; other braces stay as they are. Two
    blocks of one name are an error in our own files and fail an assertion.
    """
    blocks: dict[str, str] = {}
    for path in sorted(folder.glob(f"*{suffix}")):
        _, *parts = _NAME.split(path.read_text(encoding="utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            assert name not in blocks, f"two queries are called {name}"
            text = _COMMENT.sub("", text).strip().rstrip(";")
            for word, meaning in (words or {}).items():
                text = text.replace("{" + word + "}", meaning)
            blocks[name] = text
    return blocks
