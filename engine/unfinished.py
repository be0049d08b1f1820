"""What an open item shows so far. Pure."""

from protocol.items import Answer, AnyContent, Code, Display, Output, Plan, Thought
from protocol.screens import ItemSeen


def with_display(displays: list[Display], drawn: Display) -> list[Display]:
    """Add a display, or put it where the one with its id stands."""
    if drawn.id is None or all(display.id != drawn.id for display in displays):
        displays.append(drawn)
        return displays
    return [drawn if display.id == drawn.id else display for display in displays]


def content_so_far(item: ItemSeen) -> AnyContent | None:
    """Return what an open item shows, as content; None where there is nothing to keep."""
    match item.kind:
        case "thought":
            return Thought(text=item.text)
        case "answer":
            return Answer(text=item.text)
        case "code":
            text = item.text
            if item.check is not None and item.check.text is not None:
                text = item.check.text
            return Code(language=item.language or "sql", text=text, source=item.source)
        case "output":
            displays = tuple(item.displays or ())
            return Output(stdout=item.stdout, stderr=item.stderr, displays=displays)
        case "plan" if isinstance(item.content, Plan):
            return item.content
        case _:
            return None
