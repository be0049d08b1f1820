"""Two series about the places the sample shop delivers to: their weather and their electricity."""

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from engine.sample.calendar import days, seasonal, years_in


class City(NamedTuple):
    """A city and its climate."""

    name: str
    country: str
    mean_c: float
    swing_c: float
    rainy: float  # share of days with rain


class Grid(NamedTuple):
    """A country and its electricity."""

    country: str
    demand_gwh: float
    winter_gwh: float
    solar_gwh: float
    wind_gwh: float


CITIES = (
    City("Amsterdam", "Netherlands", 10.9, 7.4, 0.48),
    City("Barcelona", "Spain", 17.2, 7.9, 0.2),
    City("Berlin", "Germany", 10.4, 10.1, 0.39),
    City("Milan", "Italy", 13.9, 10.8, 0.27),
    City("Munich", "Germany", 9.6, 10.3, 0.42),
    City("Paris", "France", 12.6, 8.2, 0.41),
    City("Vienna", "Austria", 11.4, 10.6, 0.33),
    City("Warsaw", "Poland", 9.3, 11.2, 0.37),
)

GRIDS = (
    Grid("France", 1210.0, 260.0, 68.0, 120.0),
    Grid("Germany", 1290.0, 130.0, 170.0, 330.0),
    Grid("Italy", 830.0, 30.0, 86.0, 58.0),
    Grid("Spain", 655.0, 35.0, 125.0, 165.0),
)


def write_weather(path: Path) -> None:
    """Daily weather of eight cities as CSV; a few days were not measured."""
    heads = "date,city,country,temperature_min,temperature_max,rain_mm,wind_kmh,sunshine_hours"
    _write(path, heads.split(","), _weather())


def write_energy(path: Path) -> None:
    """Daily electricity of four countries as CSV: demand, renewables and price."""
    heads = "date,country,demand_gwh,solar_gwh,wind_gwh,price_eur_mwh"
    _write(path, heads.split(","), _energy())


def _weather() -> Iterator[tuple[object, ...]]:
    random = Random("askwire sample: weather")
    # How much warmer it is than usual, and how unsettled: both change slowly from day to day.
    warmer, unsettled = [0.0] * len(CITIES), [0.0] * len(CITIES)
    for day in days():
        for place, city in enumerate(CITIES):
            warmer[place] = warmer[place] * 0.78 + random.gauss(0, 1.9)
            unsettled[place] = unsettled[place] * 0.55 + random.gauss(0, 0.8)
            rain = 0.0
            if random.random() < city.rainy * (1 + 0.5 * math.tanh(unsettled[place])):
                rain = max(0.2, random.expovariate(0.21))
            middle = (
                city.mean_c
                + seasonal(day, city.swing_c)
                + warmer[place]
                + 0.05 * years_in(day)
                - (1.4 if rain else 0.0)
            )
            half = max(1.2, 4.6 + seasonal(day, 1.4) - (1.6 if rain else 0) + random.gauss(0, 0.8))
            sun = max(0.0, 6.4 + seasonal(day, 4.2, 172) + random.gauss(0, 1.8))
            measured = random.random() > 0.004
            yield (
                day,
                city.name,
                city.country,
                round(middle - half, 1) if measured else "",
                round(middle + half, 1) if measured else "",
                round(rain, 1),
                round(
                    max(1.0, 14 + 5 * unsettled[place] - seasonal(day, 3) + random.gauss(0, 3)), 1
                ),
                round(sun * (0.35 if rain else 1.0), 1),
            )


def _energy() -> Iterator[tuple[object, ...]]:
    random = Random("askwire sample: energy")
    windy = [0.0] * len(GRIDS)
    for day in days():
        for place, grid in enumerate(GRIDS):
            windy[place] = windy[place] * 0.6 + random.gauss(0, 0.42)
            demand = grid.demand_gwh - seasonal(day, grid.winter_gwh)
            demand *= (0.87 if day.weekday() >= 5 else 1.0) * random.gauss(1, 0.015)
            # Panels are added every year; windmills more slowly.
            solar = grid.solar_gwh * 1.16 ** years_in(day) * (1 + seasonal(day, 0.68, 172))
            solar *= random.uniform(0.55, 1.25)
            wind = grid.wind_gwh * 1.05 ** years_in(day) * math.exp(windy[place]) * 0.86
            wind *= 1 - seasonal(day, 0.28)
            price = 128 * (demand - solar - wind) / demand + random.gauss(0, 9)
            yield (
                day,
                grid.country,
                round(demand, 1),
                round(solar, 1),
                round(min(wind, demand * 0.8), 1),
                round(price, 2),
            )


def _write(path: Path, heads: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
