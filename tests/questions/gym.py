"""A gym: tables named like a warehouse's, members who leave, classes that begin and end."""

import datetime as dt
import random
import sqlite3

NAME = "gym"
SCHEMA = """
CREATE TABLE dim_member (member_key INTEGER PRIMARY KEY, member_name TEXT, gender TEXT,
    birth_dt TEXT, joined_dt TEXT, cancelled_dt TEXT, plan_key INTEGER, home_club TEXT,
    invited_by INTEGER);
CREATE TABLE dim_plan (plan_key INTEGER PRIMARY KEY, plan_name TEXT, monthly_fee REAL,
    includes_pool TEXT);
CREATE TABLE dim_trainer (trainer_key INTEGER PRIMARY KEY, trainer_name TEXT, hourly_rate REAL,
    mentor_key INTEGER);
CREATE TABLE fct_class (class_key INTEGER PRIMARY KEY, class_title TEXT, trainer_key INTEGER,
    started_ts TEXT, ended_ts TEXT, max_seats INTEGER, level TEXT);
CREATE TABLE fct_booking (booking_key INTEGER PRIMARY KEY, class_key INTEGER, member_key INTEGER,
    booked_ts TEXT, attended INTEGER);
CREATE TABLE fct_payment (payment_key INTEGER PRIMARY KEY, member_key INTEGER, paid_dt TEXT,
    amt REAL, method TEXT);
"""


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(98)
    plans = (("Basic", 19.0, "no"), ("Plus", 35.5, "yes"), ("Family", 60.0, "yes"))
    for n, plan in enumerate(plans, 1):
        db.execute("INSERT INTO dim_plan VALUES (?,?,?,?)", (n, *plan))
    for n in range(1, 71):
        joined = dt.date(2024, 1, 1) + dt.timedelta(days=rng.randint(0, 900))
        left = joined + dt.timedelta(days=rng.randint(30, 300)) if rng.random() < 0.3 else None
        born = f"{rng.randint(1950, 2008)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        db.execute("INSERT INTO dim_member VALUES (?,?,?,?,?,?,?,?,?)",
                   (n, f"Member {n:02d}", rng.choice("MF"), born, joined.isoformat(),
                    left.isoformat() if left else None, rng.randint(1, 3),
                    rng.choice(("Riverside", "Old Mill", "Station")),
                    rng.randint(1, 9) if n > 15 and rng.random() < 0.4 else None))  # fmt: skip
    for n in range(1, 9):
        db.execute("INSERT INTO dim_trainer VALUES (?,?,?,?)",
                   (n, f"Coach {'ABCDEFGH'[n - 1]}", 20.0 + (n * 5) % 17,
                    None if n < 3 else 1 + n % 2))  # fmt: skip
    for n in range(1, 121):
        at = dt.datetime(2026, 1, 5, 7, tzinfo=dt.UTC) + dt.timedelta(hours=rng.randint(0, 7000))
        ends = at + dt.timedelta(minutes=rng.choice((30, 45, 60, 90)))
        db.execute("INSERT INTO fct_class VALUES (?,?,?,?,?,?,?)",
                   (n, rng.choice(("Yoga", "Spin", "Boxing", "Pilates")), rng.randint(1, 7),
                    f"{at:%Y-%m-%d %H:%M:%S}", f"{ends:%Y-%m-%d %H:%M:%S}",
                    rng.choice((10, 15, 20)), rng.choice(("beginner", "advanced"))))  # fmt: skip
    for n in range(1, 601):
        db.execute("INSERT INTO fct_booking VALUES (?,?,?,?,?)",
                   (n, rng.randint(1, 118), rng.randint(1, 62),
                    f"2026-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d} 10:00:00",
                    int(rng.random() < 0.8)))  # fmt: skip
    for n in range(1, 401):
        db.execute("INSERT INTO fct_payment VALUES (?,?,?,?,?)",
                   (n, rng.randint(1, 66), f"202{rng.randint(5, 6)}-{rng.randint(1, 11):02d}-05",
                    rng.choice((19.0, 35.5, 60.0, 10.0)),
                    rng.choice(("card", "cash", "transfer"))))  # fmt: skip


_CLASS = "FROM fct_booking b JOIN fct_class c ON b.class_key = c.class_key "
_MEMBER = "FROM fct_booking b JOIN dim_member m ON b.member_key = m.member_key "
_MINUTES = "(julianday(ended_ts) - julianday(started_ts)) * 1440.0"
QUESTIONS = (
    ("How many members do we have?", "SELECT COUNT(*) FROM dim_member"),
    ("How many members have cancelled?",
     "SELECT COUNT(*) FROM dim_member WHERE cancelled_dt IS NOT NULL"),
    ("Members who have not cancelled, by plan",
     "SELECT plan_name, COUNT(*) FROM dim_member m JOIN dim_plan p ON m.plan_key = p.plan_key "
     "WHERE cancelled_dt IS NULL GROUP BY p.plan_key"),
    ("What is the average class length in minutes?", f"SELECT AVG({_MINUTES}) FROM fct_class"),
    ("Which trainer gave the most classes?",
     "SELECT trainer_name FROM fct_class c JOIN dim_trainer t ON c.trainer_key = t.trainer_key "
     "GROUP BY t.trainer_key ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Trainers without any classes",
     "SELECT trainer_name FROM dim_trainer WHERE trainer_key NOT IN "
     "(SELECT trainer_key FROM fct_class)"),
    ("Which trainers have a higher hourly rate than their mentor?",
     "SELECT a.trainer_name FROM dim_trainer a JOIN dim_trainer b ON a.mentor_key = b.trainer_key "
     "WHERE a.hourly_rate > b.hourly_rate"),
    ("Total payments per month in 2026",
     "SELECT strftime('%Y-%m', paid_dt), SUM(amt) FROM fct_payment WHERE paid_dt >= '2026-01-01' "
     "AND paid_dt < '2027-01-01' GROUP BY 1"),
    ("Average payment amount by method",
     "SELECT method, AVG(amt) FROM fct_payment GROUP BY method"),
    ("Which members paid more than 350 in total?",
     "SELECT member_name FROM fct_payment p JOIN dim_member m ON p.member_key = m.member_key "
     "GROUP BY m.member_key HAVING SUM(amt) > 350"),
    ("Attendance rate by class title",
     f"SELECT class_title, AVG(CASE WHEN attended = 1 THEN 100.0 ELSE 0.0 END) {_CLASS}"
     "GROUP BY class_title"),
    ("How many bookings were not attended?", "SELECT COUNT(*) FROM fct_booking WHERE attended = 0"),
    ("What percentage of bookings was attended?",
     "SELECT AVG(CASE WHEN attended = 1 THEN 100.0 ELSE 0.0 END) FROM fct_booking"),
    ("Bookings per weekday",
     "SELECT strftime('%w', booked_ts), COUNT(*) FROM fct_booking GROUP BY 1"),
    ("Which members never booked a class?",
     "SELECT member_name FROM dim_member WHERE member_key NOT IN "
     "(SELECT member_key FROM fct_booking)"),
    ("Which plans include the pool?", "SELECT plan_name FROM dim_plan WHERE includes_pool = 'yes'"),
    ("Members under 25 from Riverside",
     "SELECT member_name FROM dim_member WHERE birth_dt > '2001-11-22' "
     "AND home_club = 'Riverside'"),
    ("How many people did each member invite?",
     "SELECT b.member_name, COUNT(*) FROM dim_member a JOIN dim_member b "
     "ON a.invited_by = b.member_key GROUP BY b.member_key"),
    ("Top 3 members by number of bookings per home club",
     "SELECT home_club, member_name FROM (SELECT home_club, member_name, ROW_NUMBER() OVER "
     f"(PARTITION BY home_club ORDER BY COUNT(*) DESC) i {_MEMBER} GROUP BY m.member_key) t "
     "WHERE i <= 3"),
    ("Number of yoga classes led by Coach A",
     "SELECT COUNT(*) FROM fct_class c JOIN dim_trainer t ON c.trainer_key = t.trainer_key "
     "WHERE class_title = 'Yoga' AND trainer_name = 'Coach A'"),
    ("Classes longer than 60 minutes",
     f"SELECT class_title FROM fct_class WHERE {_MINUTES} > 60.01"),
    ("Monthly fee of the most popular plan",
     "SELECT monthly_fee FROM dim_member m JOIN dim_plan p ON m.plan_key = p.plan_key "
     "GROUP BY p.plan_key ORDER BY COUNT(*) DESC LIMIT 1"),
    ("New members per quarter in 2025",
     "SELECT strftime('%Y', joined_dt) || '-Q' || ((strftime('%m', joined_dt) + 2) / 3), COUNT(*) "
     "FROM dim_member WHERE joined_dt >= '2025-01-01' AND joined_dt < '2026-01-01' GROUP BY 1"),
    ("Which home club has the most female members?",
     "SELECT home_club FROM dim_member WHERE gender = 'F' GROUP BY home_club "
     "ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Members who booked both Yoga and Spin",
     f"SELECT member_name FROM dim_member WHERE member_key IN (SELECT member_key {_CLASS} WHERE "
     f"class_title = 'Yoga') AND member_key IN (SELECT member_key {_CLASS} WHERE "
     "class_title = 'Spin')"),
    ("How long do members stay on average?",
     "SELECT AVG(julianday(cancelled_dt) - julianday(joined_dt)) FROM dim_member"),
)  # fmt: skip
