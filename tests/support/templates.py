"""Compile templates and addresses once a process, not once for each application that a test makes."""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


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


def keep_addresses() -> None:
    """Let every application of this process share the functions that werkzeug compiles to write addresses.

    Such a function is made of the rule's text and defaults alone: its converters are those of the rule it is called on.
    """
    kept: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
    compile_builder: Callable[..., Callable[..., tuple[str, str]]] = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.subdomain, rule.host, rule.rule, rule.merge_slashes, repr(rule.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    Rule._compile_builder = compile_once  # type: ignore[assignment, method-assign]
