"""Sensors: what machines measure, where they stand, and when they were serviced."""

import datetime as dt
import random
import sqlite3

NAME = "sensors"
SCHEMA = """
CREATE TABLE plants (plant_code TEXT PRIMARY KEY, plant_name TEXT, region TEXT, capacity_mw REAL);
CREATE TABLE machines (machine_id TEXT PRIMARY KEY, plant_code TEXT REFERENCES plants (plant_code),
    model TEXT, installed DATE, weight_kg INTEGER, in_service TEXT);
CREATE TABLE sensors (sensor_id INTEGER PRIMARY KEY,
    machine_id TEXT REFERENCES machines (machine_id), sensor_type TEXT, unit TEXT);
CREATE TABLE readings (reading_id INTEGER PRIMARY KEY,
    sensor_id INTEGER REFERENCES sensors (sensor_id), taken_at DATETIME, value REAL, quality TEXT);
CREATE TABLE technicians (tech_id INTEGER PRIMARY KEY, name TEXT, certified INTEGER);
CREATE TABLE services (service_id INTEGER PRIMARY KEY,
    machine_id TEXT REFERENCES machines (machine_id),
    tech_id INTEGER REFERENCES technicians (tech_id), serviced_on DATE, cost REAL, notes TEXT);
"""
PLANTS = (("NO1", "Fjord", "north"), ("NO2", "Skerry", "north"), ("SO1", "Delta", "south"),
          ("SO2", "Dune", "south"), ("EA1", "Steppe", "east"))  # fmt: skip
TYPES = (("temperature", "C"), ("pressure", "bar"), ("vibration", "mm/s"))


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(41)
    for n, plant in enumerate(PLANTS, 1):
        db.execute("INSERT INTO plants VALUES (?,?,?,?)", (*plant, 50.5 * n))
    machines = [f"M{n:02d}" for n in range(1, 26)]
    for machine in machines:
        db.execute("INSERT INTO machines VALUES (?,?,?,?,?,?)",
                   (machine, rng.choice(PLANTS)[0], rng.choice(("Vortex", "Titan", "Breeze")),
                    f"{rng.randint(2012, 2024)}-06-{rng.randint(1, 28):02d}", rng.randint(800,
                    6000),
                    rng.choice(("true", "true", "false"))))  # fmt: skip
    sensor = 0
    for machine in machines[:23]:
        for kind, unit in rng.sample(TYPES, rng.randint(1, 3)):
            sensor += 1
            db.execute("INSERT INTO sensors VALUES (?,?,?,?)", (sensor, machine, kind, unit))
    start = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    for n in range(1, 4001):
        at = start + dt.timedelta(minutes=rng.randint(0, 265 * 24 * 60))
        value = round(rng.gauss(60, 20), 2) if rng.random() < 0.97 else None
        db.execute("INSERT INTO readings VALUES (?,?,?,?,?)",
                   (n, rng.randint(1, sensor), at.strftime("%Y-%m-%d %H:%M:%S"), value,
                    rng.choice(("ok", "ok", "ok", "suspect", "bad"))))  # fmt: skip
    for n, name in enumerate(("Alba Reyes", "Boris Lind", "Chen Wu", "Dora Falk"), 1):
        db.execute("INSERT INTO technicians VALUES (?,?,?)", (n, name, int(n != 3)))
    for n in range(1, 71):
        db.execute("INSERT INTO services VALUES (?,?,?,?,?,?)",
                   (n, rng.choice(machines[:20]), rng.choice((1, 1, 2, 3)),
                    f"202{rng.randint(4, 6)}-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d}",
                    float(rng.randint(80, 2400)), rng.choice(("oil change", "new bearing",
                    None))))  # fmt: skip


_ALL = "FROM readings JOIN sensors USING (sensor_id) JOIN machines USING (machine_id) "
QUESTIONS = (
    ("How many machines are there?", "SELECT COUNT(*) FROM machines"),
    ("How many machines does each plant have?",
     "SELECT plant_name, COUNT(*) FROM plants JOIN machines USING (plant_code) GROUP BY "
     "plant_code"),
    ("How many machines are in service?",
     "SELECT COUNT(*) FROM machines WHERE in_service = 'true'"),
    ("Which machines are not in service?",
     "SELECT machine_id FROM machines WHERE in_service = 'false'"),
    ("What is the average value of readings per sensor type?",
     "SELECT sensor_type, AVG(value) FROM readings JOIN sensors USING (sensor_id) GROUP BY 1"),
    ("What is the highest temperature reading?",
     "SELECT MAX(value) FROM readings JOIN sensors USING (sensor_id) WHERE sensor_type = "
     "'temperature'"),
    ("Average pressure per month",
     "SELECT strftime('%Y-%m', taken_at), AVG(value) FROM readings JOIN sensors USING (sensor_id) "
     "WHERE sensor_type = 'pressure' GROUP BY 1"),
    ("How many bad readings are there?", "SELECT COUNT(*) FROM readings WHERE quality = 'bad'"),
    ("Number of readings by quality", "SELECT quality, COUNT(*) FROM readings GROUP BY quality"),
    ("How many readings have no value?", "SELECT COUNT(*) FROM readings WHERE value IS NULL"),
    ("Which machines have no sensors?",
     "SELECT machine_id FROM machines WHERE machine_id NOT IN (SELECT machine_id FROM sensors)"),
    ("Which machines were never serviced?",
     "SELECT machine_id FROM machines WHERE machine_id NOT IN (SELECT machine_id FROM services)"),
    ("Total service cost per machine model",
     "SELECT model, SUM(cost) FROM services JOIN machines USING (machine_id) GROUP BY model"),
    ("What is the total cost of services in 2025?",
     "SELECT SUM(cost) FROM services WHERE serviced_on >= '2025-01-01' AND serviced_on < "
     "'2026-01-01'"),
    ("Which technician did the most services?",
     "SELECT name FROM technicians JOIN services USING (tech_id) GROUP BY tech_id "
     "ORDER BY COUNT(*) DESC LIMIT 1"),
    ("List the names of certified technicians.",
     "SELECT name FROM technicians WHERE certified = 1"),
    ("Which technicians are not certified?", "SELECT name FROM technicians WHERE certified = 0"),
    ("Which technicians have no services?",
     "SELECT name FROM technicians WHERE tech_id NOT IN (SELECT tech_id FROM services)"),
    ("What is the heaviest machine?",
     "SELECT machine_id FROM machines ORDER BY weight_kg DESC LIMIT 1"),
    ("Show the model and weight of machines installed before 2015.",
     "SELECT model, weight_kg FROM machines WHERE installed < '2015-01-01'"),
    ("Which plants in the north have a capacity over 60?",
     "SELECT plant_name FROM plants WHERE region = 'north' AND capacity_mw > 60"),
    ("Total capacity by region", "SELECT region, SUM(capacity_mw) FROM plants GROUP BY region"),
    ("How many vibration sensors are there?",
     "SELECT COUNT(*) FROM sensors WHERE sensor_type = 'vibration'"),
    ("How many different models are there?", "SELECT COUNT(DISTINCT model) FROM machines"),
    ("What is the average weight of Titan machines?",
     "SELECT AVG(weight_kg) FROM machines WHERE model = 'Titan'"),
    ("Which machines weigh more than 5000 kg?",
     "SELECT machine_id FROM machines WHERE weight_kg > 5000"),
    ("Which machines are heavier than average?",
     "SELECT machine_id FROM machines WHERE weight_kg > (SELECT AVG(weight_kg) FROM machines)"),
    ("Readings per day of the week",
     "SELECT strftime('%w', taken_at), COUNT(*) FROM readings GROUP BY 1"),
    ("How many readings were taken in the last 30 days?",
     "SELECT COUNT(*) FROM readings WHERE taken_at >= '2026-10-23' AND taken_at < '2026-11-23'"),
    ("What is the average reading value for machine M03?",
     f"SELECT AVG(value) {_ALL} WHERE machine_id = 'M03'"),
    ("How many readings does each plant have?",
     f"SELECT plant_name, COUNT(*) {_ALL} JOIN plants USING (plant_code) GROUP BY plant_code"),
    ("Which plant has the most machines?",
     "SELECT plant_name FROM plants JOIN machines USING (plant_code) GROUP BY plant_code "
     "ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Top 3 machines by service cost",
     "SELECT machine_id, SUM(cost) FROM services GROUP BY machine_id ORDER BY SUM(cost) DESC "
     "LIMIT 3"),
    ("How many services cost less than 500?", "SELECT COUNT(*) FROM services WHERE cost < 500"),
    ("Which services have notes containing 'bearing'?",
     "SELECT service_id FROM services WHERE notes LIKE '%bearing%'"),
    ("Number of services per quarter",
     "SELECT strftime('%Y', serviced_on) || '-Q' || ((CAST(strftime('%m', serviced_on) AS INT) "
     "+ 2) / 3), "
     "COUNT(*) FROM services GROUP BY 1"),
    ("Which machines have more than 5 services?",
     "SELECT machine_id FROM services GROUP BY machine_id HAVING COUNT(*) > 5"),
    ("List the machines of the Delta plant.",
     "SELECT machine_id FROM machines JOIN plants USING (plant_code) WHERE plant_name = 'Delta'"),
    ("What percentage of readings is suspect?",
     "SELECT AVG(CASE WHEN quality = 'suspect' THEN 100.0 ELSE 0 END) FROM readings"),
    ("What is the average cost of services by technician?",
     "SELECT name, AVG(cost) FROM services JOIN technicians USING (tech_id) GROUP BY tech_id"),
)  # fmt: skip
