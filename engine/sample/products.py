"""What the sample shop sells, and how much each month wants of it."""

from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from engine.sample.calendar import FIRST, LAST, month_count
from engine.sample.words import BRANDS, SEASONS, SERIES, SHELVES, Shelf

PRODUCTS_A_SHELF = 15
MOST_RETURNED = 0.28


class Product(NamedTuple):
    """A product with what its row says, and what only its buyers learn."""

    product_id: int
    name: str
    brand: str
    category_id: int
    price: float
    cost: float
    weight_kg: float | None
    introduced_on: date
    discontinued_on: date | None
    shelf: Shelf
    popularity: float
    returned: float
    quality: float  # the rating it would get from everyone, were taste all there is


def categories() -> list[tuple[int, str, int | None]]:
    """The tree of categories: id, name, parent."""
    rows: list[tuple[int, str, int | None]] = [
        (number, name, None) for number, name in enumerate(SHELVES, 1)
    ]
    for parent, shelves in enumerate(SHELVES.values(), 1):
        rows.extend(
            (parent * 10 + place, shelf.name, parent) for place, shelf in enumerate(shelves)
        )
    return rows


def products() -> list[Product]:
    """Everything ever sold, the shelves one after the other."""
    random = Random("askwire sample: products")
    found: list[Product] = []
    for parent, shelves in enumerate(SHELVES.values(), 1):
        for place, shelf in enumerate(shelves):
            names = _names(random, shelf)
            for name, brand in names:
                found.append(
                    _product(random, len(found) + 1, name, brand, parent * 10 + place, shelf)
                )
    return found


def _names(random: Random, shelf: Shelf) -> list[tuple[str, str]]:
    """Different names for the products of one shelf, each with its brand."""
    taken: dict[str, str] = {}
    while len(taken) < PRODUCTS_A_SHELF:
        brand = random.choice(BRANDS)
        taken[f"{brand} {random.choice(SERIES)} {random.choice(shelf.nouns)}"] = brand
    return list(taken.items())


def _product(
    random: Random, number: int, name: str, brand: str, category_id: int, shelf: Shelf
) -> Product:
    # Squared, so that most things cost little and few cost much.
    price = (
        int(shelf.price_from + (shelf.price_to - shelf.price_from) * random.random() ** 2) + 0.99
    )
    introduced, discontinued = FIRST - timedelta(days=random.randrange(30, 900)), None
    if random.random() < 0.35:
        introduced = FIRST + timedelta(days=random.randrange(20, 1250))
    elif random.random() < 0.18:
        discontinued = FIRST + timedelta(days=random.randrange(300, (LAST - FIRST).days))
    quality = min(4.9, max(2.3, random.gauss(4.05, 0.5)))
    return Product(
        product_id=number,
        name=name,
        brand=brand,
        category_id=category_id,
        price=price,
        cost=round(price * random.uniform(0.42, 0.71), 2),
        weight_kg=None if random.random() < 0.06 else round(random.uniform(0.05, 6.0), 2),
        introduced_on=introduced,
        discontinued_on=discontinued,
        shelf=shelf,
        # Dear things sell less often; a few of any price sell very well.
        popularity=min(9.0, random.paretovariate(1.3)) / price**0.4,
        # A thing that disappoints comes back.
        returned=min(MOST_RETURNED, shelf.returned * (1.7 if quality < 3.3 else 0.9)),
        quality=quality,
    )


def baskets(sold: list[Product], size: int = 4096) -> list[list[Product]]:
    """For each month a long list in which a product stands as often as that month wants it.

    Picking a place in it is much quicker than weighing 420 products 250,000 times.
    """
    random = Random("askwire sample: baskets")
    found: list[list[Product]] = []
    for month in range(month_count()):
        first_day = date(FIRST.year + month // 12, month % 12 + 1, 1)
        offered = [
            product
            for product in sold
            if product.introduced_on <= first_day
            and (product.discontinued_on is None or first_day < product.discontinued_on)
        ]
        weights = accumulate(
            product.popularity
            * SEASONS[product.shelf.season][month % 12]
            * product.shelf.trend ** (month / 12)
            for product in offered
        )
        found.append(random.choices(offered, cum_weights=list(weights), k=size))
    return found
