"""Compile each template once a process, not once for each application that a test makes."""

from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class KeptTemplates(BytecodeCache):
    """The code of templates in memory, each by its file and what stood in it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, where it is known."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        assert bucket.code is not None
        self._kept[bucket.key, bucket.checksum] = bucket.code


def keep_templates() -> None:
    """Let every application of this process share what was compiled."""
    options: dict[str, Any] = Flask.jinja_options
    options["bytecode_cache"] = KeptTemplates()
