"""What a client of the socket may say: one flat object; keys that are not known are ignored."""

from typing import Final

import msgspec

from gateway.families.dsagent.hitl import ACTIONS, Answer

INVALID: Final = "Invalid message format"


class Order(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A message from a client."""


class Chat(Order, frozen=True, kw_only=True, tag="chat"):
    """A message for the model."""

    content: str = ""


class Execute(Order, frozen=True, kw_only=True, tag="execute"):
    """Code of the person's own."""

    code: str = ""


class Approve(Order, frozen=True, kw_only=True, tag="approve"):
    """An answer to a gate. `feedback` is what REST calls `message`."""

    approved: bool | None = None
    action: str | None = None
    feedback: str | None = None
    modified_plan: str | None = None
    modified_code: str | None = None
    approval_id: str | None = None


class Cancel(Order, frozen=True, kw_only=True, tag="cancel"):
    """Stop what goes on."""


AnyOrder = Chat | Execute | Approve | Cancel
_orders: Final = msgspec.json.Decoder(AnyOrder)


class NoOrder(Exception):
    """A message that cannot be read; the text says why, in the original's words."""


def order_of(text: str) -> AnyOrder:
    """Read a message, or raise `NoOrder`."""
    try:
        order: AnyOrder = _orders.decode(text)
        return order
    except msgspec.ValidationError as error:
        raise NoOrder(f"{INVALID}: {error}") from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise NoOrder(f"Invalid JSON: {error}") from None


def answer_of(order: Approve) -> Answer:
    """Return the answer: `action` if there is one, else yes only for a clear `approved`."""
    action = order.action or ("approve" if order.approved else "reject")
    if action not in ACTIONS:
        raise NoOrder(f"Unknown HITL action: {action}")
    return Answer(
        action=action,
        message=order.feedback,
        modified_plan=order.modified_plan,
        modified_code=order.modified_code,
        approval_id=order.approval_id,
    )
