"""What customers of the sample shop said about what they got."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from engine.sample.calendar import LAST
from engine.sample.orders import Sale
from engine.sample.words import PRAISE

SHARE_THAT_WRITES = 0.085


class Review(NamedTuple):
    """A row of `reviews`, without the number of its own."""

    product_id: int
    customer_id: int
    order_id: int
    rating: int
    title: str
    body: str | None
    helpful_votes: int
    written_on: str


class Reviewers:
    """Turns sales into reviews: mostly about the product, a little about the wait for it."""

    def __init__(self) -> None:
        self._random = Random("askwire sample: reviews")

    def about(self, sale: Sale) -> Iterator[Review]:
        """The reviews that `sale` leads to, often none."""
        order, random = sale.order, self._random
        if order.delivered_on is None:
            return
        for product in sale.bought:
            if random.random() >= SHARE_THAT_WRITES:
                continue
            delivered = date.fromisoformat(order.delivered_on)
            written = delivered + timedelta(days=1 + int(random.expovariate(0.12)))
            if written > LAST:
                continue
            waited = (delivered - date.fromisoformat(order.ordered_at[:10])).days
            mood = product.quality - max(0, waited - 3) * 0.14
            if order.status == "returned":
                mood -= 1.6
            rating = max(1, min(5, round(random.gauss(mood, 0.8))))
            titles, bodies = PRAISE[rating]
            yield Review(
                product_id=product.product_id,
                customer_id=order.customer_id,
                order_id=order.order_id,
                rating=rating,
                title=random.choice(titles),
                body=None if random.random() < 0.35 else random.choice(bodies),
                helpful_votes=int(random.expovariate(0.6)),
                written_on=written.isoformat(),
            )
