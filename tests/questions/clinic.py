"""A clinic: prefixed tables in camel case, stays that begin and end, who supervises whom."""

import datetime as dt
import random
import sqlite3

NAME = "clinic"
SCHEMA = """
CREATE TABLE tblPatient (patientId INTEGER PRIMARY KEY, fullName TEXT, birthDate TEXT, sex TEXT,
    cityName TEXT, isInsured TEXT);
CREATE TABLE tblPhysician (physicianId INTEGER PRIMARY KEY, fullName TEXT, specialty TEXT,
    monthlySalary REAL, hiredOn TEXT,
    supervisorId INTEGER REFERENCES tblPhysician (physicianId));
CREATE TABLE tblStay (stayId INTEGER PRIMARY KEY,
    patientId INTEGER REFERENCES tblPatient (patientId),
    physicianId INTEGER REFERENCES tblPhysician (physicianId), admittedOn TEXT, dischargedOn TEXT,
    wardName TEXT, totalCost REAL, isEmergency INTEGER);
CREATE TABLE tblDrug (drugCode TEXT PRIMARY KEY, drugName TEXT, drugGroup TEXT);
CREATE TABLE tblPrescription (prescriptionId INTEGER PRIMARY KEY,
    stayId INTEGER REFERENCES tblStay (stayId), drugCode TEXT REFERENCES tblDrug (drugCode),
    quantity INTEGER, unitPrice REAL);
"""
CITIES = ("Leeds", "York", "Hull", "Bath")
SPECIALTIES = ("cardiology", "surgery", "pediatrics")
WARDS = ("North", "South", "Intensive Care")
_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ian", "June")
_LAST = ("Archer", "Brook", "Cole", "Drake", "Ellis", "Frost")


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(41)
    for n in range(1, 61):
        db.execute("INSERT INTO tblPatient VALUES (?,?,?,?,?,?)",
                   (n, f"{_FIRST[n % 10]} {_LAST[n // 10 % 6]}",
                    f"{rng.randint(1940, 2015)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                    rng.choice("MF"), rng.choice(CITIES), rng.choice(("Y", "Y", "N"))))  # fmt: skip
    for n in range(1, 13):
        db.execute("INSERT INTO tblPhysician VALUES (?,?,?,?,?,?)",
                   (n, f"Dr {_LAST[n % 6]} {'AB'[n // 7]}", SPECIALTIES[n % 3],
                    5000 + 137 * (n * 7 % 12), f"20{10 + n}-0{1 + n % 9}-15",
                    None if n < 3 else 1 + n % 2))  # fmt: skip
    day = dt.date(2025, 1, 3)
    for n in range(1, 241):
        began = day + dt.timedelta(days=rng.randint(0, 650))
        ended = None if rng.random() < 0.08 else began + dt.timedelta(days=rng.randint(1, 21))
        db.execute("INSERT INTO tblStay VALUES (?,?,?,?,?,?,?,?)",
                   (n, rng.randint(1, 52), rng.randint(1, 11), began.isoformat(),
                    ended.isoformat() if ended else None, rng.choice(WARDS),
                    round(rng.uniform(300, 9000), 2), int(rng.random() < 0.3)))  # fmt: skip
    for n, (name, group) in enumerate((
        ("Amoxil", "antibiotic"), ("Zithrol", "antibiotic"), ("Calmex", "sedative"),
        ("Dormil", "sedative"), ("Painaway", "analgesic"), ("Nuprol", "analgesic"),
    ), 1):  # fmt: skip
        db.execute("INSERT INTO tblDrug VALUES (?,?,?)", (f"D{n:03d}", name, group))
    for n in range(1, 401):
        db.execute("INSERT INTO tblPrescription VALUES (?,?,?,?,?)",
                   (n, rng.randint(1, 230), f"D{rng.randint(1, 5):03d}", rng.randint(1, 30),
                    round(rng.uniform(0.5, 12), 2)))  # fmt: skip


_DAYS = "julianday(dischargedOn) - julianday(admittedOn)"
_DRUGS = "FROM tblPrescription r JOIN tblDrug d ON r.drugCode = d.drugCode "
QUESTIONS = (
    ("How many patients are there?", "SELECT COUNT(*) FROM tblPatient"),
    ("Which physicians earn more than their supervisor?",
     "SELECT a.fullName FROM tblPhysician a JOIN tblPhysician b ON a.supervisorId = b.physicianId "
     "WHERE a.monthlySalary > b.monthlySalary"),
    ("How many physicians does each supervisor supervise?",
     "SELECT b.fullName, COUNT(*) FROM tblPhysician a JOIN tblPhysician b "
     "ON a.supervisorId = b.physicianId GROUP BY b.physicianId"),
    ("List each physician with the name of their supervisor",
     "SELECT a.fullName, b.fullName FROM tblPhysician a JOIN tblPhysician b "
     "ON a.supervisorId = b.physicianId"),
    ("Which physicians have no supervisor?",
     "SELECT fullName FROM tblPhysician WHERE supervisorId IS NULL"),
    ("What is the average length of stay?", f"SELECT AVG({_DAYS}) FROM tblStay"),
    ("How many days between admission and discharge on average per ward?",
     f"SELECT wardName, AVG({_DAYS}) FROM tblStay GROUP BY wardName"),
    ("Which stays lasted longer than 20 days?", f"SELECT stayId FROM tblStay WHERE {_DAYS} > 20"),
    ("How many stays were emergencies?", "SELECT COUNT(*) FROM tblStay WHERE isEmergency = 1"),
    ("What percentage of stays were emergencies?",
     "SELECT AVG(CASE WHEN isEmergency = 1 THEN 100.0 ELSE 0.0 END) FROM tblStay"),
    ("How many patients are still in the clinic, that is, not discharged?",
     "SELECT COUNT(DISTINCT patientId) FROM tblStay WHERE dischargedOn IS NULL"),
    ("Total cost per month in 2025",
     "SELECT strftime('%Y-%m', admittedOn), SUM(totalCost) FROM tblStay "
     "WHERE admittedOn >= '2025-01-01' AND admittedOn < '2026-01-01' GROUP BY 1"),
    ("Which ward cost most in 2025?",
     "SELECT wardName FROM tblStay WHERE admittedOn >= '2025-01-01' AND admittedOn < '2026-01-01' "
     "GROUP BY wardName ORDER BY SUM(totalCost) DESC LIMIT 1"),
    ("Names of female patients from York",
     "SELECT fullName FROM tblPatient WHERE sex = 'F' AND cityName = 'York'"),
    ("How many insured patients are there in each city?",
     "SELECT cityName, COUNT(*) FROM tblPatient WHERE isInsured = 'Y' GROUP BY cityName"),
    ("Which patients were never admitted?",
     "SELECT fullName FROM tblPatient WHERE patientId NOT IN (SELECT patientId FROM tblStay)"),
    ("Who was admitted at least 8 times?",
     "SELECT p.fullName FROM tblPatient p JOIN tblStay s ON s.patientId = p.patientId "
     "GROUP BY p.patientId HAVING COUNT(*) >= 8"),
    ("What is the median cost of a stay by ward?",
     "SELECT wardName, AVG(totalCost) FROM (SELECT wardName, totalCost, ROW_NUMBER() OVER "
     "(PARTITION BY wardName ORDER BY totalCost) i, COUNT(*) OVER (PARTITION BY wardName) n "
     "FROM tblStay) WHERE 2 * i BETWEEN n AND n + 2 GROUP BY wardName"),
    ("Which drug was prescribed most often?",
     f"SELECT drugName {_DRUGS} GROUP BY d.drugCode ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Which drugs were never prescribed?",
     "SELECT drugName FROM tblDrug WHERE drugCode NOT IN (SELECT drugCode FROM tblPrescription)"),
    ("What is the total quantity prescribed by drug group?",
     f"SELECT drugGroup, SUM(quantity) {_DRUGS} GROUP BY drugGroup"),
    ("How many admissions were on weekends?",
     "SELECT COUNT(*) FROM tblStay WHERE strftime('%w', admittedOn) IN ('0', '6')"),
    ("Number of stays by day of the week",
     "SELECT strftime('%w', admittedOn), COUNT(*) FROM tblStay GROUP BY 1"),
    ("The two most expensive stays of each ward",
     "SELECT stayId FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY wardName ORDER BY totalCost "
     "DESC) i FROM tblStay) WHERE i <= 2"),
    ("Physicians in surgery or with a salary above 6000",
     "SELECT fullName FROM tblPhysician WHERE specialty = 'surgery' OR monthlySalary > 6000"),
    ("How much did the total cost change per month in 2026?",
     "SELECT m, c, ROUND(100.0 * (c - LAG(c) OVER (ORDER BY m)) / LAG(c) OVER (ORDER BY m), 2) "
     "FROM (SELECT strftime('%Y-%m', admittedOn) m, SUM(totalCost) c FROM tblStay "
     "WHERE admittedOn >= '2026-01-01' AND admittedOn < '2027-01-01' GROUP BY 1) t"),
    ("Which patients are older than 70?",
     "SELECT fullName FROM tblPatient WHERE birthDate <= '1955-11-22'"),
    ("Oldest patient", "SELECT fullName FROM tblPatient ORDER BY birthDate LIMIT 1"),
)  # fmt: skip
