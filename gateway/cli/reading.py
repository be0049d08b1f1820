"""How a question was read: its chips in the terminal, and the words that change one."""

from collections.abc import Sequence

from gateway.cli.leaving import Usage
from protocol.changes import instead, without
from protocol.items import Chip

ROLES = {
    "measure": "what", "filter": "only", "time": "when", "grouping": "by", "order": "order",
    "limit": "most", "table": "from",
}  # fmt: skip


def reading_line(chips: Sequence[Chip]) -> str:
    """Return the reading in one line, each chip with its number."""
    said = (f"{n} {ROLES[chip.role]} {_plain(chip.text)}" for n, chip in enumerate(chips, 1))
    return "How I read this: " + " · ".join(said)


def choice_lines(chips: Sequence[Chip]) -> str:
    """Return what each chip could be instead, to pick from by number."""
    lines: list[str] = []
    for number, chip in enumerate(chips, 1):
        lines.append(f"{number} {ROLES[chip.role]} {_plain(chip.text)}")
        lines += [f"    {n} {_plain(choice)}" for n, choice in enumerate(chip.choices, 1)]
    return "\n".join(lines)


def changing(chips: Sequence[Chip], which: str, choice: str) -> str:
    """Return what to ask so that a chip changes; raise `Usage` if there is none of that name.

    `which` is a chip's number, id, text, or a part of its text; `choice` the number of one of its
    choices, or free words. No choice leaves the chip out.
    """
    chip = _found(chips, which.strip())
    choice = choice.strip()
    if not choice:
        return without(chip.text)
    if choice.isdecimal() and chip.role != "limit" and 0 < int(choice) <= len(chip.choices):
        choice = chip.choices[int(choice) - 1]
    return instead(chip.text, choice)


def _found(chips: Sequence[Chip], which: str) -> Chip:
    if which.isdecimal() and 0 < int(which) <= len(chips):
        return chips[int(which) - 1]
    said = which.casefold()
    for fits in (
        [chip for chip in chips if said in (chip.id, chip.text.casefold())],
        [chip for chip in chips if said in chip.text.casefold()],
        [chip for chip in chips if said in (chip.role, ROLES[chip.role])],
    ):
        if len(fits) == 1:
            return fits[0]
    if not chips:
        raise Usage("the last answer has no reading that could be changed")
    raise Usage(f"no one chip is {which!r}; {reading_line(chips)}")


def _plain(text: str) -> str:
    """Leave out control characters: values of hostile data may stand in a chip."""
    return "".join(c if c.isprintable() else " " for c in text)
