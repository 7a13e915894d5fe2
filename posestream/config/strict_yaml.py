"""YAML without surprises: no aliases (they can blow up), no tags, no key that silently stands twice."""

from collections.abc import Hashable
from typing import Any

import yaml


def strict_yaml(text: str) -> Any:  # noqa: ANN401  # a YAML file can hold anything
    """Give what the text holds.

    Raises:
        ValueError: if it is not valid YAML or uses aliases, tags or doubled keys; the message names the line.
    """
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506  # a subclass of the safe loader
    except yaml.MarkedYAMLError as exc:
        place = f"line {exc.problem_mark.line + 1}: " if exc.problem_mark else ""
        raise ValueError(f"{place}not valid YAML: {exc.problem}") from None
    except RecursionError:
        raise ValueError("not valid YAML: nested too deeply") from None
    except (yaml.YAMLError, ValueError, OverflowError) as exc:
        raise ValueError(f"not valid YAML: {exc}") from None


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, stricter."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem="tags like !name are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):  # others are refused by the safe loader
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"key '{key.value}' stands twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)
