"""Finance: accounts, what moves on them, loans, and the branches that keep them."""

import random
import sqlite3

NAME = "finance"
SCHEMA = """
CREATE TABLE Branch (BranchID INTEGER PRIMARY KEY, BranchName TEXT, Town TEXT, OpenedYear INTEGER);
CREATE TABLE Client (ClientID INTEGER PRIMARY KEY, FullName TEXT, Town TEXT, BirthYear INTEGER,
    Segment TEXT, Active TEXT);
CREATE TABLE Account (AccountNo INTEGER PRIMARY KEY, ClientID INTEGER, BranchID INTEGER,
    AccountType TEXT, Balance REAL, Currency TEXT, OpenDate TEXT);
CREATE TABLE BankTransaction (TransactionID INTEGER PRIMARY KEY, AccountNo INTEGER,
    BookingDate TEXT, Amount REAL, Category TEXT, Direction TEXT);
CREATE TABLE Loan (LoanID INTEGER PRIMARY KEY, ClientID INTEGER, Principal REAL,
    InterestRate REAL, TermMonths TEXT, StartDate TEXT, Defaulted INTEGER);
"""
NAMES = "Anker Bosch Cohen Drake Engel Fischer Gomez Huber Ito Jones Kaur Lopez Meyer".split()
TOWNS = ("Bern", "Graz", "Leeds", "Nantes", "Utrecht")


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(37)
    for n, town in enumerate(TOWNS, 1):
        db.execute(
            "INSERT INTO Branch VALUES (?,?,?,?)", (n, f"{town} Central", town, 1980 + 7 * n)
        )
    for n in range(1, 81):
        db.execute("INSERT INTO Client VALUES (?,?,?,?,?,?)",
                   (n, f"{rng.choice('ABCDEFGH')}. {rng.choice(NAMES)}", rng.choice(TOWNS),
                    rng.randint(1940, 2005), rng.choice(("private", "corporate", "student")),
                    rng.choice("YYYN")))  # fmt: skip
    for n in range(1, 121):
        db.execute("INSERT INTO Account VALUES (?,?,?,?,?,?,?)",
                   (1000 + n, rng.randint(1, 74), rng.randint(1, 5),
                    rng.choice(("savings", "checking", "deposit")),
                    round(rng.uniform(-500, 9e4), 2),
                    rng.choice(("EUR", "EUR", "CHF", "GBP")),
                    f"{rng.randint(2015, 2025)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                    ))  # fmt: skip
    for n in range(1, 2001):
        db.execute("INSERT INTO BankTransaction VALUES (?,?,?,?,?,?)",
                   (n, 1000 + rng.randint(1, 115),
                    f"202{rng.randint(4, 6)}-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d}",
                    round(rng.uniform(1, 4000), 2),
                    rng.choice(("rent", "groceries", "salary", "travel", None)),
                    rng.choice(("in", "out"))))  # fmt: skip
    for n in range(1, 46):
        db.execute("INSERT INTO Loan VALUES (?,?,?,?,?,?,?)",
                   (n, rng.randint(1, 60), 1000.0 * rng.randint(2, 300),
                    rng.choice((1.5, 2.9, 4.2, 6.0)),
                    str(rng.choice((12, 24, 60, 120))),
                    f"202{rng.randint(0, 6)}-{rng.randint(1, 10):02d}-15",
                    int(rng.random() < 0.2)))  # fmt: skip


_AC = "FROM Account JOIN Client USING (ClientID)"
QUESTIONS = (
    ("How many clients do we have?", "SELECT COUNT(*) FROM Client"),
    ("What is the total balance of all accounts?", "SELECT SUM(Balance) FROM Account"),
    ("Average balance by account type", "SELECT AccountType, AVG(Balance) FROM Account GROUP BY 1"),
    ("How many accounts does each branch have?",
     "SELECT BranchName, COUNT(*) FROM Branch JOIN Account USING (BranchID) GROUP BY BranchID"),
    ("Which clients have no account?",
     "SELECT FullName FROM Client WHERE ClientID NOT IN (SELECT ClientID FROM Account)"),
    ("List the full names of clients from Bern.",
     "SELECT FullName FROM Client WHERE Town = 'Bern'"),
    ("How many clients are active?", "SELECT COUNT(*) FROM Client WHERE Active = 'Y'"),
    ("How many inactive clients are there?", "SELECT COUNT(*) FROM Client WHERE Active = 'N'"),
    ("What is the largest loan principal?", "SELECT MAX(Principal) FROM Loan"),
    ("Who has the largest loan?",
     "SELECT FullName FROM Client JOIN Loan USING (ClientID) ORDER BY Principal DESC LIMIT 1"),
    ("Total transaction amount per category",
     "SELECT Category, SUM(Amount) FROM BankTransaction GROUP BY Category"),
    ("Total amount of transactions per month in 2025",
     "SELECT strftime('%Y-%m', BookingDate), SUM(Amount) FROM BankTransaction "
     "WHERE BookingDate >= '2025-01-01' AND BookingDate < '2026-01-01' GROUP BY 1"),
    ("How many transactions were booked in 2024?",
     "SELECT COUNT(*) FROM BankTransaction WHERE BookingDate >= '2024-01-01' "
     "AND BookingDate < '2025-01-01'"),
    ("How many transactions have no category?",
     "SELECT COUNT(*) FROM BankTransaction WHERE Category IS NULL"),
    ("What is the average amount of rent transactions?",
     "SELECT AVG(Amount) FROM BankTransaction WHERE Category = 'rent'"),
    ("Show the account numbers with a negative balance.",
     "SELECT AccountNo FROM Account WHERE Balance < 0"),
    ("Which accounts have a balance below 1000?",
     "SELECT AccountNo FROM Account WHERE Balance < 1000"),
    ("How many loans defaulted?", "SELECT COUNT(*) FROM Loan WHERE Defaulted = 1"),
    ("What percentage of loans defaulted?",
     "SELECT AVG(CASE WHEN Defaulted = 1 THEN 100.0 ELSE 0 END) FROM Loan"),
    ("What is the average interest rate of loans to corporate clients?",
     "SELECT AVG(InterestRate) FROM Loan JOIN Client USING (ClientID) WHERE Segment = 'corporate'"),
    ("How many loans have a term longer than 24 months?",
     "SELECT COUNT(*) FROM Loan WHERE CAST(TermMonths AS REAL) > 24"),
    ("Total principal per segment",
     "SELECT Segment, SUM(Principal) FROM Loan JOIN Client USING (ClientID) GROUP BY Segment"),
    ("Which town has the most clients?",
     "SELECT Town FROM Client GROUP BY Town ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Which currencies are used by savings accounts?",
     "SELECT DISTINCT Currency FROM Account WHERE AccountType = 'savings'"),
    ("Top 3 clients by balance",
     f"SELECT FullName, SUM(Balance) {_AC} GROUP BY ClientID ORDER BY SUM(Balance) DESC LIMIT 3"),
    ("How many clients were born before 1960?",
     "SELECT COUNT(*) FROM Client WHERE BirthYear < 1960"),
    ("Who is the youngest client?", "SELECT FullName FROM Client ORDER BY BirthYear DESC LIMIT 1"),
    ("Which branches were opened after 2000?",
     "SELECT BranchName FROM Branch WHERE OpenedYear > 2000"),
    ("Which clients have more than 3 accounts?",
     f"SELECT FullName {_AC} GROUP BY ClientID HAVING COUNT(*) > 3"),
    ("How many clients have both a loan and an account?",
     "SELECT COUNT(*) FROM Client WHERE ClientID IN (SELECT ClientID FROM Loan) "
     "AND ClientID IN (SELECT ClientID FROM Account)"),
    ("Which clients have an account but no loan?",
     "SELECT FullName FROM Client WHERE ClientID IN (SELECT ClientID FROM Account) "
     "AND ClientID NOT IN (SELECT ClientID FROM Loan)"),
    ("How many accounts in EUR or CHF are there?",
     "SELECT COUNT(*) FROM Account WHERE Currency IN ('EUR', 'CHF')"),
    ("What is the sum of salary transactions last year?",
     "SELECT SUM(Amount) FROM BankTransaction WHERE Category = 'salary' "
     "AND BookingDate >= '2025-01-01' AND BookingDate < '2026-01-01'"),
    ("Number of accounts opened per year",
     "SELECT strftime('%Y', OpenDate), COUNT(*) FROM Account GROUP BY 1"),
    ("What is the median balance?",
     "SELECT AVG(Balance) FROM (SELECT Balance, ROW_NUMBER() OVER (ORDER BY Balance) n, "
     "COUNT(*) OVER () c FROM Account) WHERE n IN ((c + 1) / 2, (c + 2) / 2)"),
    ("Share of the total amount by category",
     "SELECT Category, ROUND(100.0 * SUM(Amount) / SUM(SUM(Amount)) OVER (), 2) "
     "FROM BankTransaction GROUP BY Category"),
    ("How many clients have a full name that ends with 'Huber'?",
     "SELECT COUNT(*) FROM Client WHERE FullName LIKE '%Huber'"),
    ("List loans with an interest rate between 2 and 5.",
     "SELECT LoanID FROM Loan WHERE InterestRate BETWEEN 2 AND 5"),
    ("Show the town and segment of active clients sorted by full name.",
     "SELECT Town, Segment FROM Client WHERE Active = 'Y' ORDER BY FullName"),
    ("Which account type has the highest average balance?",
     "SELECT AccountType FROM Account GROUP BY AccountType ORDER BY AVG(Balance) DESC LIMIT 1"),
)  # fmt: skip
