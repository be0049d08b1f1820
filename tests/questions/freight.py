"""Freight: abbreviated names, no declared keys, two ways from a shipment to a port."""

import datetime as dt
import random
import sqlite3

NAME = "freight"
SCHEMA = """
CREATE TABLE cust (cust_no INTEGER, cust_nm TEXT, ctry TEXT, seg TEXT, since_dt TEXT);
CREATE TABLE port (port_cd TEXT, port_nm TEXT, ctry TEXT);
CREATE TABLE vsl (vsl_id INTEGER, vsl_nm TEXT, cap_t REAL, built_yr INTEGER);
CREATE TABLE shpmt (shpmt_id INTEGER, cust_no INTEGER, vsl_id INTEGER, orig_port_cd TEXT,
    dest_port_cd TEXT, dep_dt TEXT, arr_dt TEXT, wt_kg REAL, frt_amt REAL, stat TEXT);
CREATE TABLE claim (claim_no INTEGER, shpmt_id INTEGER, filed_dt TEXT, claim_amt REAL, rsn TEXT);
"""
PORTS = (("ROT", "Rotterdam", "Netherlands"), ("HAM", "Hamburg", "Germany"),
         ("SIN", "Singapore", "Singapore"), ("SAN", "Santos", "Brazil"),
         ("BRE", "Bremerhaven", "Germany"), ("LAG", "Lagos", "Nigeria"))  # fmt: skip


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(77)
    for n in range(1, 31):
        db.execute("INSERT INTO cust VALUES (?,?,?,?,?)",
                   (n, f"{('Acorn', 'Birch', 'Cedar', 'Elm', 'Fir')[n % 5]} Trading {n}",
                    rng.choice(("Germany", "Brazil", "Kenya")), rng.choice(("retail", "industry")),
                    f"20{rng.randint(10, 24)}-05-{n:02d}"))  # fmt: skip
    db.executemany("INSERT INTO port VALUES (?,?,?)", PORTS)
    for n in range(1, 9):
        db.execute("INSERT INTO vsl VALUES (?,?,?,?)",
                   (n, f"MV {('Aurora', 'Boreas', 'Calypso', 'Dione')[n % 4]} {n}",
                    rng.randint(20, 90) * 100.0, 1995 + n * 3))  # fmt: skip
    for n in range(1, 501):
        left = dt.date(2025, 1, 1) + dt.timedelta(days=rng.randint(0, 690))
        there = left + dt.timedelta(days=rng.randint(4, 40))
        orig, dest = rng.sample([p[0] for p in PORTS[:5]], 2)
        status = rng.choice(("delivered", "delivered", "delivered", "lost", "in transit"))
        db.execute("INSERT INTO shpmt VALUES (?,?,?,?,?,?,?,?,?,?)",
                   (n, rng.randint(1, 27), rng.randint(1, 7), orig, dest, left.isoformat(),
                    there.isoformat() if status == "delivered" else None,
                    round(rng.uniform(100, 25_000), 1), round(rng.uniform(200, 20_000), 2),
                    status))  # fmt: skip
    for n in range(1, 41):
        db.execute("INSERT INTO claim VALUES (?,?,?,?,?)",
                   (n, rng.randint(1, 500), f"2026-{rng.randint(1, 11):02d}-10",
                    rng.randint(50, 5000), rng.choice(("damage", "delay", "loss"))))  # fmt: skip


_CUST = "FROM shpmt s JOIN cust c ON s.cust_no = c.cust_no "
_DAYS = "julianday(arr_dt) - julianday(dep_dt)"
QUESTIONS = (
    ("How many shipments were there in 2025?",
     "SELECT COUNT(*) FROM shpmt WHERE dep_dt >= '2025-01-01' AND dep_dt < '2026-01-01'"),
    ("Total freight amount by customer segment", f"SELECT seg, SUM(frt_amt) {_CUST} GROUP BY seg"),
    ("Which 5 customers paid the most freight?",
     f"SELECT cust_nm {_CUST} GROUP BY c.cust_no ORDER BY SUM(frt_amt) DESC LIMIT 5"),
    ("Average weight of shipments to Hamburg",
     "SELECT AVG(wt_kg) FROM shpmt JOIN port ON dest_port_cd = port_cd WHERE port_nm = 'Hamburg'"),
    ("How many shipments left from Rotterdam?",
     "SELECT COUNT(*) FROM shpmt JOIN port ON orig_port_cd = port_cd WHERE port_nm = 'Rotterdam'"),
    ("How long does a shipment take on average?", f"SELECT AVG({_DAYS}) FROM shpmt"),
    ("Average days from departure to arrival per destination port",
     f"SELECT port_nm, AVG({_DAYS}) FROM shpmt JOIN port ON dest_port_cd = port_cd "
     "GROUP BY port_cd"),
    ("What was the longest trip in days?", f"SELECT MAX({_DAYS}) FROM shpmt"),
    ("How many shipments are in transit?",
     "SELECT COUNT(*) FROM shpmt WHERE stat = 'in transit'"),
    ("Share of shipments by status",
     "SELECT stat, ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 2) FROM shpmt GROUP BY stat"),
    ("What percentage of shipments was lost?",
     "SELECT AVG(CASE WHEN stat = 'lost' THEN 100.0 ELSE 0.0 END) FROM shpmt"),
    ("Which customers from Kenya have more than 15 shipments?",
     f"SELECT cust_nm {_CUST} WHERE ctry = 'Kenya' GROUP BY c.cust_no HAVING COUNT(*) > 15"),
    ("Which customers never shipped anything?",
     "SELECT cust_nm FROM cust WHERE cust_no NOT IN (SELECT cust_no FROM shpmt)"),
    ("Which vessels were built after 2010?", "SELECT vsl_nm FROM vsl WHERE built_yr > 2010"),
    ("Vessel with the largest capacity", "SELECT vsl_nm FROM vsl ORDER BY cap_t DESC LIMIT 1"),
    ("Freight amount per month in 2026 with the change to the month before",
     "SELECT m, a, ROUND(100.0 * (a - LAG(a) OVER (ORDER BY m)) / LAG(a) OVER (ORDER BY m), 2) "
     "FROM (SELECT strftime('%Y-%m', dep_dt) m, SUM(frt_amt) a FROM shpmt WHERE dep_dt >= "
     "'2026-01-01' AND dep_dt < '2027-01-01' GROUP BY 1) t"),
    ("Running total of freight per quarter",
     "SELECT q, SUM(a) OVER (ORDER BY q) FROM (SELECT strftime('%Y', dep_dt) || '-Q' || "
     "((strftime('%m', dep_dt) + 2) / 3) q, SUM(frt_amt) a FROM shpmt GROUP BY 1) t"),
    ("Shipments heavier than the average weight",
     "SELECT shpmt_id FROM shpmt WHERE wt_kg > (SELECT AVG(wt_kg) FROM shpmt)"),
    ("How many claims were filed for damage?", "SELECT COUNT(*) FROM claim WHERE rsn = 'damage'"),
    ("Average claim amount by reason", "SELECT rsn, AVG(claim_amt) FROM claim GROUP BY rsn"),
    ("Number of shipments between Hamburg and Singapore",
     "SELECT COUNT(*) FROM shpmt WHERE (orig_port_cd = 'HAM' AND dest_port_cd = 'SIN') OR "
     "(orig_port_cd = 'SIN' AND dest_port_cd = 'HAM')"),
    ("Ports in Germany", "SELECT port_nm FROM port WHERE ctry = 'Germany'"),
    ("Which port has the most arrivals?",
     "SELECT port_nm FROM shpmt JOIN port ON dest_port_cd = port_cd GROUP BY port_cd "
     "ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Top 3 customers by weight per country",
     "SELECT ctry, cust_nm FROM (SELECT ctry, cust_nm, ROW_NUMBER() OVER (PARTITION BY ctry "
     f"ORDER BY SUM(wt_kg) DESC) i {_CUST} GROUP BY c.cust_no) t WHERE i <= 3"),
    ("Median freight amount", "SELECT AVG(frt_amt) FROM (SELECT frt_amt, ROW_NUMBER() OVER "
     "(ORDER BY frt_amt) i, COUNT(*) OVER () n FROM shpmt) WHERE 2 * i BETWEEN n AND n + 2"),
    ("Shipments that left on weekdays",
     "SELECT shpmt_id FROM shpmt WHERE strftime('%w', dep_dt) NOT IN ('0', '6')"),
)  # fmt: skip
