"""Shop: a small web shop with its own names for things."""

import random
import sqlite3

NAME = "shop"
SCHEMA = """
CREATE TABLE country (country_code TEXT PRIMARY KEY, country_name TEXT, continent TEXT);
CREATE TABLE buyers (buyer_id INTEGER PRIMARY KEY, buyer_name TEXT, email TEXT,
    country_code TEXT REFERENCES country (country_code), joined_on DATE, vip BOOLEAN);
CREATE TABLE brands (brand_id INTEGER PRIMARY KEY, brand_name TEXT);
CREATE TABLE articles (article_id INTEGER PRIMARY KEY, article_name TEXT, brand_id INTEGER
    REFERENCES brands (brand_id), category TEXT, list_price REAL, stock INTEGER, color TEXT);
CREATE TABLE sales (sale_id INTEGER PRIMARY KEY, buyer_id INTEGER REFERENCES buyers (buyer_id),
    sold_at DATETIME, payment TEXT, state TEXT);
CREATE TABLE sale_lines (sale_id INTEGER REFERENCES sales (sale_id),
    article_id INTEGER REFERENCES articles (article_id), quantity INTEGER, unit_price REAL,
    PRIMARY KEY (sale_id, article_id));
CREATE TABLE ratings (rating_id INTEGER PRIMARY KEY, article_id INTEGER
    REFERENCES articles (article_id), buyer_id INTEGER REFERENCES buyers (buyer_id),
    stars INTEGER, remark TEXT, rated_on DATE);
"""
COUNTRIES = (("DE", "Germany", "Europe"), ("FR", "France", "Europe"), ("US", "United States",
    "America"),
             ("JP", "Japan", "Asia"), ("IN", "India", "Asia"))  # fmt: skip
GOODS = ("Lamp", "Chair", "Desk", "Mug", "Kettle", "Rug", "Clock", "Vase", "Shelf", "Stool")


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(53)
    db.executemany("INSERT INTO country VALUES (?,?,?)", COUNTRIES)
    for n in range(1, 91):
        db.execute("INSERT INTO buyers VALUES (?,?,?,?,?,?)",
                   (n, f"Buyer {n}", f"b{n}@mail.example" if n % 7 else None,
                    rng.choice(COUNTRIES)[0], f"202{rng.randint(3, 6)}-0{rng.randint(1, 9)}-11",
                    rng.random() < 0.2))  # fmt: skip
    for n, name in enumerate(("Nordhus", "Kaori", "Bellini", "Oldham"), 1):
        db.execute("INSERT INTO brands VALUES (?,?)", (n, name))
    for n in range(1, 41):
        good = GOODS[n % 10]
        db.execute("INSERT INTO articles VALUES (?,?,?,?,?,?,?)",
                   (n, f"{good} {n}", rng.randint(1, 3),
                    "furniture" if good in ("Chair", "Desk", "Shelf", "Stool") else
                    rng.choice(("kitchen", "decor")), float(rng.randint(5, 400)), rng.randint(0,
                    60),
                    rng.choice(("red", "black", "white", None))))  # fmt: skip
    for n in range(1, 601):
        db.execute("INSERT INTO sales VALUES (?,?,?,?,?)",
                   (n, rng.randint(1, 84),
                    f"202{rng.randint(4, 6)}-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d} "
                    f"12:00:00",
                    rng.choice(("card", "invoice", "voucher")),
                    rng.choice(("shipped", "shipped", "returned", "open"))))  # fmt: skip
        for article in rng.sample(range(1, 38), rng.randint(1, 3)):
            db.execute("INSERT INTO sale_lines VALUES (?,?,?,?)",
                       (n, article, rng.randint(1, 4), float(rng.randint(5, 300))))  # fmt: skip
    for n in range(1, 151):
        db.execute("INSERT INTO ratings VALUES (?,?,?,?,?,?)",
                   (n, rng.randint(1, 30), rng.randint(1, 84), rng.randint(1, 5),
                    rng.choice(("great", "too small", "broke soon", None)),
                    "2026-02-03"))  # fmt: skip


_LINES = "FROM sale_lines l JOIN sales s USING (sale_id) JOIN articles a USING (article_id) "
QUESTIONS = (
    ("How many sales were there per month last year? Plot it",
     "SELECT strftime('%Y-%m', sold_at), COUNT(*) FROM sales WHERE sold_at >= '2025-01-01' "
     "AND sold_at < '2026-01-01' GROUP BY 1"),
    ("Top 5 articles by revenue",
     f"SELECT article_name, SUM(quantity * unit_price) {_LINES} GROUP BY article_id "
     "ORDER BY 2 DESC LIMIT 5"),
    ("Revenue by category",
     f"SELECT category, SUM(quantity * unit_price) {_LINES} GROUP BY category"),
    ("Revenue per country in 2025",
     f"SELECT country_name, SUM(quantity * unit_price) {_LINES} JOIN buyers USING (buyer_id) "
     "JOIN country USING (country_code) WHERE sold_at >= '2025-01-01' AND sold_at < '2026-01-01' "
     "GROUP BY country_code"),
    ("How many buyers are there?", "SELECT COUNT(*) FROM buyers"),
    ("Which buyers never bought anything?",
     "SELECT buyer_name FROM buyers WHERE buyer_id NOT IN (SELECT buyer_id FROM sales)"),
    ("How many VIP buyers do we have?", "SELECT COUNT(*) FROM buyers WHERE vip = 1"),
    ("How many buyers come from Asia?",
     "SELECT COUNT(*) FROM buyers JOIN country USING (country_code) WHERE continent = 'Asia'"),
    ("List the names of buyers from Germany.",
     "SELECT buyer_name FROM buyers JOIN country USING (country_code) WHERE country_name = "
     "'Germany'"),
    ("Which articles are out of stock?", "SELECT article_name FROM articles WHERE stock = 0"),
    ("Which articles cost more than 300?",
     "SELECT article_name FROM articles WHERE list_price > 300"),
    ("What is the most expensive article?",
     "SELECT article_name FROM articles ORDER BY list_price DESC LIMIT 1"),
    ("Average list price by brand",
     "SELECT brand_name, AVG(list_price) FROM articles JOIN brands USING (brand_id) GROUP BY "
     "brand_id"),
    ("Which brands have no articles?",
     "SELECT brand_name FROM brands WHERE brand_id NOT IN (SELECT brand_id FROM articles)"),
    ("How many articles of each color are there?",
     "SELECT color, COUNT(*) FROM articles GROUP BY color"),
    ("Which articles have no color?", "SELECT article_name FROM articles WHERE color IS NULL"),
    ("How many returned sales were there?", "SELECT COUNT(*) FROM sales WHERE state = 'returned'"),
    ("What percentage of sales were returned?",
     "SELECT AVG(CASE WHEN state = 'returned' THEN 100.0 ELSE 0 END) FROM sales"),
    ("Number of sales by payment", "SELECT payment, COUNT(*) FROM sales GROUP BY payment"),
    ("Which payment is the most common?",
     "SELECT payment FROM sales GROUP BY payment ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Which buyers have more than 10 sales?",
     "SELECT buyer_name FROM buyers JOIN sales USING (buyer_id) GROUP BY buyer_id HAVING "
     "COUNT(*) > 10"),
    ("What is the average number of stars for each article?",
     "SELECT article_name, AVG(stars) FROM ratings JOIN articles USING (article_id) GROUP BY "
     "article_id"),
    ("Which articles were never rated?",
     "SELECT article_name FROM articles WHERE article_id NOT IN (SELECT article_id FROM ratings)"),
    ("How many ratings have 5 stars?", "SELECT COUNT(*) FROM ratings WHERE stars = 5"),
    ("Show the remarks of ratings with less than 2 stars.",
     "SELECT remark FROM ratings WHERE stars < 2"),
    ("Which brand has the most articles?",
     "SELECT brand_name FROM brands JOIN articles USING (brand_id) GROUP BY brand_id "
     "ORDER BY COUNT(*) DESC LIMIT 1"),
    ("How many articles are red or black?",
     "SELECT COUNT(*) FROM articles WHERE color IN ('red', 'black')"),
    ("How many sales were made on weekends in 2026?",
     "SELECT COUNT(*) FROM sales WHERE strftime('%w', sold_at) IN ('0','6') "
     "AND sold_at >= '2026-01-01' AND sold_at < '2027-01-01'"),
    ("What is the total quantity sold per article?",
     "SELECT article_name, SUM(quantity) FROM sale_lines JOIN articles USING (article_id) "
     "GROUP BY article_id"),
    ("What is the total stock of kitchen articles?",
     "SELECT SUM(stock) FROM articles WHERE category = 'kitchen'"),
    ("Show article names and prices from the cheapest to the most expensive.",
     "SELECT article_name, list_price FROM articles ORDER BY list_price"),
    ("How many buyers joined before 2025?",
     "SELECT COUNT(*) FROM buyers WHERE joined_on < '2025-01-01'"),
    ("Which buyers have no email?", "SELECT buyer_name FROM buyers WHERE email IS NULL"),
    ("How many different categories are there?", "SELECT COUNT(DISTINCT category) FROM articles"),
    ("Revenue growth by year",
     "SELECT y, r, ROUND(100.0 * (r - LAG(r) OVER (ORDER BY y)) / LAG(r) OVER (ORDER BY y), 2) "
     "FROM "
     f"(SELECT strftime('%Y', sold_at) y, SUM(quantity * unit_price) r {_LINES} GROUP BY 1)"),
    ("Which countries are our buyers from?",
     "SELECT DISTINCT country_name FROM country JOIN buyers USING (country_code)"),
    ("Which articles have a price above the average?",
     "SELECT article_name FROM articles WHERE list_price > (SELECT AVG(list_price) FROM articles)"),
    ("Show the three cheapest articles.",
     "SELECT article_name FROM articles ORDER BY list_price LIMIT 3"),
    ("Which article has the highest average stars?",
     "SELECT article_name FROM articles JOIN ratings USING (article_id) GROUP BY article_id "
     "ORDER BY AVG(stars) DESC LIMIT 1"),
    ("Running total of sales per month in 2025",
     "SELECT m, SUM(n) OVER (ORDER BY m) FROM (SELECT strftime('%Y-%m', sold_at) m, COUNT(*) n "
     "FROM sales WHERE sold_at >= '2025-01-01' AND sold_at < '2026-01-01' GROUP BY 1)"),
)  # fmt: skip
