"""Who buys in the sample shop."""

from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from engine.sample.words import FIRST_NAMES, LAST_NAMES, REGIONS

SEGMENTS = ("consumer",) * 17 + ("business",) * 2 + ("education",)

REGION_IDS = range(1, len(REGIONS) + 1)
REGION_SHARES = list(accumulate(region.share for region in REGIONS))


class Customer(NamedTuple):
    """A row of `customers`."""

    customer_id: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    birth_year: int | None
    segment: str
    city: str
    region_id: int
    newsletter: int
    signed_up_on: str


class Customers:
    """Everyone who has signed up so far, and who of them is likely to come back."""

    def __init__(self, random: Random) -> None:
        self.all: list[Customer] = []
        self._random = random
        # A customer stands here once for having come and again for most orders: whoever has
        # bought often buys again, which gives the long tail that real shops have.
        self._likely: list[Customer] = []

    def sign_up(self, day: date) -> Customer:
        """Someone new, who may order at once or never."""
        random = self._random
        number = len(self.all) + 1
        first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
        region_id = random.choices(REGION_IDS, cum_weights=REGION_SHARES)[0]
        customer = Customer(
            customer_id=number,
            first_name=first,
            last_name=last,
            email=f"{first}.{last}.{number}@example.com".lower(),
            phone=None if random.random() < 0.22 else f"+00 555 {random.randrange(10**6):06d}",
            birth_year=None if random.random() < 0.09 else int(random.triangular(1944, 2007, 1987)),
            segment=random.choice(SEGMENTS),
            # The first city of a region is its largest.
            city=REGIONS[region_id - 1].cities[
                int(random.random() ** 2 * len(REGIONS[region_id - 1].cities))
            ],
            region_id=region_id,
            newsletter=int(random.random() < 0.41),
            signed_up_on=day.isoformat(),
        )
        self.all.append(customer)
        return customer

    def returning(self) -> Customer:
        """Someone who has been here before, more likely so if that was lately."""
        count = len(self._likely)
        if self._random.random() < 0.72:
            recent = min(count, 4000)
            return self._likely[count - 1 - int(self._random.random() * recent)]
        return self._likely[int(self._random.random() * count)]

    def ordered(self, customer: Customer) -> None:
        """Remember that `customer` has bought something."""
        if self._random.random() < 0.55:
            self._likely.append(customer)

    def before_opening(self, first: date, count: int) -> None:
        """Those who had signed up with the shop before the data begins."""
        for place in range(count):
            day = first - timedelta(days=1 + (count - place) * 700 // count)
            self._likely.append(self.sign_up(day))
