"""Hotels: names cut short, no keys declared, rates kept as text, yes and no as letters."""

import datetime as dt
import random
import sqlite3

NAME = "hotel"
SCHEMA = """
CREATE TABLE HTL_MST (HTL_CD TEXT, HTL_NM TEXT, CTY TEXT, CTRY TEXT, STARS INTEGER);
CREATE TABLE RM_MST (RM_ID INTEGER, HTL_CD TEXT, RM_TYP TEXT, FLR INTEGER, RATE TEXT,
    SEA_VW TEXT);
CREATE TABLE GST_MST (GST_ID INTEGER, FST_NM TEXT, LST_NM TEXT, NATLTY TEXT, DOB TEXT, EML TEXT);
CREATE TABLE RSV_HDR (RSV_NO INTEGER, GST_ID INTEGER, RM_ID INTEGER, BKD_DT TEXT,
    CHK_IN_DT TEXT, CHK_OUT_DT TEXT, STS TEXT, CHNL TEXT, ADLTS INTEGER, PD_YN TEXT);
CREATE TABLE SVC_MST (SVC_CD TEXT, SVC_DESC TEXT, UNT_PRC REAL);
CREATE TABLE RSV_SVC (RSV_NO INTEGER, SVC_CD TEXT, QTY INTEGER);
"""


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    r = random.Random(6)
    for h in [
        ("H1", "Harbor View", "Lisbon", "Portugal", 4),
        ("H2", "Old Mill", "Porto", "Portugal", 3),
        ("H3", "Alpine Rest", "Innsbruck", "Austria", 5),
        ("H4", "City Loft", "Vienna", "Austria", 3),
    ]:
        db.execute("INSERT INTO HTL_MST VALUES (?,?,?,?,?)", h)
    for n in range(1, 41):
        db.execute(
            "INSERT INTO RM_MST VALUES (?,?,?,?,?,?)",
            (
                n,
                f"H{1 + n % 4}",
                r.choice(["single", "double", "suite"]),
                r.randint(1, 6),
                f"{r.randint(60, 320)}.50",
                r.choice("YN"),
            ),
        )
    for n in range(1, 81):
        db.execute(
            "INSERT INTO GST_MST VALUES (?,?,?,?,?,?)",
            (
                n,
                r.choice(["Mia", "Leo", "Iva", "Tom", "Zoe"]),
                r.choice(["Costa", "Huber", "Novak", "Smith", "Rossi"]),
                r.choice(["Portuguese", "Austrian", "Czech", "British"]),
                f"{r.randint(1950, 2005)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}",
                f"g{n}@x.org" if r.random() < 0.8 else None,
            ),
        )
    for n in range(1, 401):
        b = dt.date(2025, 1, 1) + dt.timedelta(days=r.randint(0, 680))
        i = b + dt.timedelta(days=r.randint(0, 40))
        o = i + dt.timedelta(days=r.randint(1, 12))
        db.execute(
            "INSERT INTO RSV_HDR VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                1000 + n,
                r.randint(1, 72),
                r.randint(1, 38),
                b.isoformat(),
                i.isoformat(),
                o.isoformat(),
                r.choice(["confirmed", "cancelled", "no-show", "confirmed"]),
                r.choice(["web", "phone", "agency"]),
                r.randint(1, 4),
                r.choice("YYN"),
            ),
        )
    for s in [
        ("BRK", "Breakfast", 14.0),
        ("SPA", "Spa visit", 55.0),
        ("PRK", "Parking", 12.5),
        ("LND", "Laundry", 9.0),
        ("XFR", "Airport transfer", 40.0),
    ]:
        db.execute("INSERT INTO SVC_MST VALUES (?,?,?)", s)
    for _ in range(300):
        db.execute(
            "INSERT INTO RSV_SVC VALUES (?,?,?)",
            (1000 + r.randint(1, 400), r.choice(["BRK", "SPA", "PRK", "LND"]), r.randint(1, 6)),
        )


QUESTIONS = (
    ('How many rooms are there in each hotel?',
     'SELECT HTL_NM, count(*) FROM HTL_MST h JOIN RM_MST r ON r.HTL_CD=h.HTL_CD GROUP BY '
     'h.HTL_CD'),
    ('How many reservations were cancelled?',
     "SELECT count(*) FROM RSV_HDR WHERE STS='cancelled'"),
    ('first and last names of guests without an email',
     'SELECT FST_NM,LST_NM FROM GST_MST WHERE EML IS NULL'),
    ('average rate per room type',
     'SELECT RM_TYP, avg(cast(RATE as real)) FROM RM_MST GROUP BY 1'),
    ('What is the highest room rate?',
     'SELECT max(cast(RATE as real)) FROM RM_MST'),
    ('rooms with sea view',
     "SELECT RM_ID FROM RM_MST WHERE SEA_VW='Y'"),
    ('How many unpaid reservations are there?',
     "SELECT count(*) FROM RSV_HDR WHERE PD_YN='N'"),
    ('hotels in Austria',
     "SELECT HTL_NM FROM HTL_MST WHERE CTRY='Austria'"),
    ('Portuguese guests',
     "SELECT FST_NM,LST_NM FROM GST_MST WHERE NATLTY='Portuguese'"),
    ('number of reservations by channel',
     'SELECT CHNL,count(*) FROM RSV_HDR GROUP BY 1'),
    ('average length of stay',
     'SELECT avg(julianday(CHK_OUT_DT)-julianday(CHK_IN_DT)) FROM RSV_HDR'),
    ('average length of stay by hotel',
     'SELECT HTL_NM, avg(julianday(CHK_OUT_DT)-julianday(CHK_IN_DT)) FROM RSV_HDR v JOIN '
     'RM_MST r ON r.RM_ID=v.RM_ID JOIN HTL_MST h ON h.HTL_CD=r.HTL_CD GROUP BY h.HTL_CD'),
    ('stays longer than 10 days',
     'SELECT RSV_NO FROM RSV_HDR WHERE julianday(CHK_OUT_DT)-julianday(CHK_IN_DT)>10'),
    ('Which guests have never made a reservation?',
     'SELECT FST_NM,LST_NM FROM GST_MST WHERE GST_ID NOT IN (SELECT GST_ID FROM RSV_HDR)'),
    ('Which services were never ordered?',
     'SELECT SVC_DESC FROM SVC_MST WHERE SVC_CD NOT IN (SELECT SVC_CD FROM RSV_SVC)'),
    ('Top 5 guests by number of reservations',
     'SELECT FST_NM,LST_NM FROM GST_MST g JOIN RSV_HDR v ON v.GST_ID=g.GST_ID GROUP BY '
     'g.GST_ID ORDER BY count(*) DESC LIMIT 5'),
    ('most popular room type',
     'SELECT RM_TYP FROM RM_MST r JOIN RSV_HDR v ON v.RM_ID=r.RM_ID GROUP BY 1 ORDER BY '
     'count(*) DESC LIMIT 1'),
    ('total quantity of each service',
     'SELECT SVC_DESC,sum(QTY) FROM SVC_MST s JOIN RSV_SVC x ON x.SVC_CD=s.SVC_CD GROUP '
     'BY s.SVC_CD'),
    ('revenue by service',
     'SELECT SVC_DESC,sum(QTY*UNT_PRC) FROM SVC_MST s JOIN RSV_SVC x ON '
     'x.SVC_CD=s.SVC_CD GROUP BY s.SVC_CD'),
    ('reservations made in March 2026',
     "SELECT RSV_NO FROM RSV_HDR WHERE BKD_DT LIKE '2026-03%'"),
    ('How many guests checked in last week?',
     "SELECT count(distinct GST_ID) FROM RSV_HDR WHERE CHK_IN_DT>='2026-11-09' AND "
     "CHK_IN_DT<'2026-11-16'"),
    ('reservations per month this year',
     "SELECT strftime('%Y-%m',BKD_DT),count(*) FROM RSV_HDR WHERE BKD_DT>='2026-01-01' "
     'GROUP BY 1'),
    ('hotels with at least 4 stars',
     'SELECT HTL_NM FROM HTL_MST WHERE STARS>=4'),
    ('guests born before 1960',
     "SELECT FST_NM,LST_NM FROM GST_MST WHERE DOB<'1960-01-01'"),
    ('What share of reservations was booked by phone?',
     "SELECT 100.0*sum(CHNL='phone')/count(*) FROM RSV_HDR"),
    ('cancellation rate by channel',
     "SELECT CHNL, 100.0*sum(STS='cancelled')/count(*) FROM RSV_HDR GROUP BY 1"),
    ('suites on the third floor',
     "SELECT RM_ID FROM RM_MST WHERE RM_TYP='suite' AND FLR=3"),
    ('Which hotel has the most double rooms?',
     'SELECT HTL_NM FROM HTL_MST h JOIN RM_MST r ON r.HTL_CD=h.HTL_CD WHERE '
     "RM_TYP='double' GROUP BY h.HTL_CD ORDER BY count(*) DESC LIMIT 1"),
    ('rooms cheaper than the average rate',
     'SELECT RM_ID FROM RM_MST WHERE cast(RATE as real)<(SELECT avg(cast(RATE as real)) '
     'FROM RM_MST)'),
    ('nationalities with more than 15 guests',
     'SELECT NATLTY FROM GST_MST GROUP BY 1 HAVING count(*)>15'),
    ('average number of adults per reservation',
     'SELECT avg(ADLTS) FROM RSV_HDR'),
    ('confirmed reservations for 3 adults',
     "SELECT RSV_NO FROM RSV_HDR WHERE STS='confirmed' AND ADLTS=3"),
    ('cheapest room in each hotel',
     'SELECT HTL_NM, RM_ID, RATE FROM (SELECT HTL_NM, RM_ID, RATE, row_number() OVER '
     '(PARTITION BY h.HTL_CD ORDER BY cast(RATE as real)) k FROM RM_MST r JOIN HTL_MST h '
     'ON h.HTL_CD=r.HTL_CD) WHERE k=1'),
    ('list all cities with hotels',
     'SELECT DISTINCT CTY FROM HTL_MST'),
    ('Which guests stayed in both Vienna and Porto?',
     'SELECT FST_NM,LST_NM FROM GST_MST WHERE GST_ID IN (SELECT GST_ID FROM RSV_HDR v '
     'JOIN RM_MST r ON r.RM_ID=v.RM_ID JOIN HTL_MST h ON h.HTL_CD=r.HTL_CD WHERE '
     "CTY='Vienna') AND GST_ID IN (SELECT GST_ID FROM RSV_HDR v JOIN RM_MST r ON "
     "r.RM_ID=v.RM_ID JOIN HTL_MST h ON h.HTL_CD=r.HTL_CD WHERE CTY='Porto')"),
    ('reservations that are neither confirmed nor cancelled',
     "SELECT RSV_NO FROM RSV_HDR WHERE STS NOT IN ('confirmed','cancelled')"),
    ('services sorted by price, most expensive first',
     'SELECT SVC_DESC FROM SVC_MST ORDER BY UNT_PRC DESC'),
    ('average time between booking and check-in',
     'SELECT avg(julianday(CHK_IN_DT)-julianday(BKD_DT)) FROM RSV_HDR'),
    ('How many reservations include breakfast?',
     "SELECT count(distinct RSV_NO) FROM RSV_SVC WHERE SVC_CD='BRK'"),
)  # fmt: skip
