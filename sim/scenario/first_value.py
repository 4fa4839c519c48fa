"""Steps in Python: the value of the verb comes first, by its position."""

from typing import Any


def with_first(field: str, value: object, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the one that came by its position. Raises ``TypeError`` when it came by name, too."""
    if value is None or value == ():
        return fields
    if field in fields:
        message = f"{field} is given twice, by position and by name; give it once"
        raise TypeError(message)
    return {field: value, **fields}


def spread(items: tuple[object, ...]) -> object:
    """Return what was given one by one, or as the one list that was given."""
    return items[0] if len(items) == 1 and isinstance(items[0], list | tuple) else items
