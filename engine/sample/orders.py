"""What happened in the sample shop day by day: orders and what was in them."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from engine.sample.calendar import (
    FIRST,
    LAST,
    MOVE_FROM,
    MOVE_UPTO,
    campaign,
    days,
    month_index,
    orders_expected,
    years_in,
)
from engine.sample.customers import Customer, Customers
from engine.sample.products import MOST_RETURNED, Product, baskets

CUSTOMERS_AT_FIRST = 1500
INFLATION_A_YEAR = 0.03
FREE_SHIPPING_FROM = 60.0
SHIPPING_FEE = 4.95

# Midnight to 23: lunch and the evening are busy.
HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 14, 19, 22, 24, 27, 24, 21, 20, 21, 24, 29, 35, 38, 31, 18, 7)
HOUR_POOL = tuple(hour for hour, share in enumerate(HOURS) for _ in range(share))
ITEM_COUNTS = (1,) * 30 + (2,) * 29 + (3,) * 20 + (4,) * 12 + (5,) * 6 + (6,) * 3
QUANTITIES = (1,) * 16 + (2,) * 3 + (3,)
PAYMENTS = ("card",) * 9 + ("wallet",) * 6 + ("invoice",) * 3 + ("bank transfer",) * 2


class Order(NamedTuple):
    """A row of `orders`."""

    order_id: int
    customer_id: int
    ordered_at: str
    status: str
    channel: str
    payment_method: str | None
    discount_percent: int
    shipping_fee: float
    total: float
    shipped_on: str | None
    delivered_on: str | None


class Item(NamedTuple):
    """A row of `order_items`, without the number of its own."""

    order_id: int
    product_id: int
    quantity: int
    unit_price: float
    amount: float


class Today(NamedTuple):
    """What is the same for all orders of a day, worked out once."""

    day: date
    campaign: int
    prices: float  # times those of the first year; they go up each January
    new_share: float
    app_share: float
    basket: list[Product]


class Sale(NamedTuple):
    """An order together with its items and what they were."""

    order: Order
    items: list[Item]
    bought: list[Product]


def sales(sold: list[Product], customers: Customers) -> Iterator[list[Sale]]:
    """Every order in the order of time, a day at a time; signs customers up as they come."""
    random = Random("askwire sample: orders")
    customers.before_opening(FIRST, CUSTOMERS_AT_FIRST)
    months = baskets(sold)
    order_id = 0
    for day in days():
        today = Today(
            day=day,
            campaign=campaign(day),
            prices=(1 + INFLATION_A_YEAR) ** (day.year - FIRST.year),
            new_share=0.15 - 0.018 * years_in(day),
            app_share=0.17 + 0.07 * years_in(day),
            basket=months[month_index(day)],
        )
        # Some sign up and look around only.
        for _ in range(int(random.random() * 3)):
            customers.sign_up(day)
        expected = orders_expected(day)
        count = max(0, round(random.gauss(expected, math.sqrt(expected) * 1.15)))
        seconds = sorted(
            HOUR_POOL[int(random.random() * len(HOUR_POOL))] * 3600 + int(random.random() * 3600)
            for _ in range(count)
        )
        yield [
            _sale(random, order_id + place, today, second, customers)
            for place, second in enumerate(seconds, 1)
        ]
        order_id += count


def _sale(random: Random, order_id: int, today: Today, second: int, them: Customers) -> Sale:
    customer = them.sign_up(today.day) if random.random() < today.new_share else them.returning()
    them.ordered(customer)
    bought = _filled(random, today.basket)
    discount = today.campaign
    if not discount and random.random() < 0.08:
        discount = random.choice((5, 10, 10, 15, 25))
    items = [_item(random, order_id, product, customer, today) for product in bought]
    amount = sum(item.amount for item in items)
    channel = _channel(random, today, customer)
    fee = 0.0 if channel == "store" or amount >= FREE_SHIPPING_FROM else SHIPPING_FEE
    status, shipped, delivered = _fate(random, today.day, channel, bought)
    unpaid = status == "cancelled" and random.random() < 0.7
    order = Order(
        order_id=order_id,
        customer_id=customer.customer_id,
        ordered_at=f"{today.day} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}",
        status=status,
        channel=channel,
        payment_method=None if unpaid else PAYMENTS[int(random.random() * len(PAYMENTS))],
        discount_percent=discount,
        shipping_fee=fee,
        total=round(amount * (1 - discount / 100) + fee, 2),
        shipped_on=shipped.isoformat() if shipped else None,
        delivered_on=delivered.isoformat() if delivered else None,
    )
    return Sale(order, items, bought)


def _filled(random: Random, basket: list[Product]) -> list[Product]:
    """One to six different products."""
    chance, size = random.random, len(basket)
    bought = [basket[int(chance() * size)]]
    for _ in range(ITEM_COUNTS[int(chance() * len(ITEM_COUNTS))] - 1):
        product = basket[int(chance() * size)]
        if product not in bought:
            bought.append(product)
    return bought


def _item(
    random: Random, order_id: int, product: Product, customer: Customer, today: Today
) -> Item:
    quantity = QUANTITIES[int(random.random() * len(QUANTITIES))]
    if customer.segment != "consumer" and random.random() < 0.4:
        quantity += int(random.random() * 9)
    price = round(product.price * today.prices, 2)
    return Item(order_id, product.product_id, quantity, price, round(price * quantity, 2))


def _channel(random: Random, today: Today, customer: Customer) -> str:
    """People move from the web page to the app; the old use the telephone."""
    chance = random.random()
    if chance < today.app_share:
        return "app"
    if chance < today.app_share + 0.12:
        return "store"
    if customer.birth_year is not None and customer.birth_year < 1962 and random.random() < 0.35:
        return "phone"
    return "web"


def _fate(
    random: Random, day: date, channel: str, bought: list[Product]
) -> tuple[str, date | None, date | None]:
    """How the order ended, and the days it was sent and arrived, as known on the last day."""
    if random.random() < 0.035:
        return "cancelled", None, None
    if channel == "store":
        shipped = delivered = day
    else:
        shipped = day + timedelta(days=int(random.expovariate(0.9)) + (day.weekday() == 5))
        if MOVE_FROM <= shipped <= MOVE_UPTO:
            shipped = MOVE_UPTO + timedelta(days=1 + int(random.random() * 5))
        busy = 1.6 if day.month == 12 else 1.0
        delivered = shipped + timedelta(days=1 + int(random.expovariate(0.55 / busy)))
    if shipped > LAST:
        return "processing", None, None
    if delivered > LAST:
        return "shipped", shipped, None
    sent_back = random.random()
    if sent_back < MOST_RETURNED and sent_back < max(product.returned for product in bought):
        return "returned", shipped, delivered
    return "delivered", shipped, delivered
