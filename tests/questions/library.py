"""A library: books with several authors, loans that run on, members who brought in others."""

import datetime as dt
import random
import sqlite3

NAME = "library"
SCHEMA = """
CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, nationality TEXT, born INTEGER);
CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT, genre TEXT, pages INTEGER, price REAL,
    published_year INTEGER, language TEXT);
CREATE TABLE book_author (book_id INTEGER REFERENCES book (id),
    author_id INTEGER REFERENCES author (id), PRIMARY KEY (book_id, author_id));
CREATE TABLE member (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, joined_on DATE,
    town TEXT, active BOOLEAN, referred_by INTEGER REFERENCES member (id));
CREATE TABLE copy (id INTEGER PRIMARY KEY, book_id INTEGER REFERENCES book (id), shelf TEXT,
    acquired DATE);
CREATE TABLE loan (id INTEGER PRIMARY KEY, copy_id INTEGER REFERENCES copy (id),
    member_id INTEGER REFERENCES member (id), borrowed_on DATE, due_on DATE, returned_on DATE);
CREATE TABLE fine (id INTEGER PRIMARY KEY, loan_id INTEGER REFERENCES loan (id), amount REAL,
    paid BOOLEAN);
"""
GENRES = ("novel", "history", "science", "poetry")
_NAMES = ("Olga Petrov", "Rui Costa", "Mei Tan", "Lars Berg", "Nia Okoro", "Tom Reed", "Zoe Klein")


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(5)
    for n, name in enumerate(_NAMES, 1):
        db.execute("INSERT INTO author VALUES (?,?,?,?)",
                   (n, name, ("Russian", "Portuguese", "Chinese", "Swedish")[n % 4],
                    1940 + 7 * n))  # fmt: skip
    for n in range(1, 41):
        db.execute("INSERT INTO book VALUES (?,?,?,?,?,?,?)",
                   (n, f"The {('Silent', 'Blue', 'Last', 'Hidden')[n % 4]} "
                    f"{('River', 'House', 'Star', 'Garden', 'Road')[n % 5]} {n}",
                    rng.choice(GENRES), rng.randint(80, 900), round(rng.uniform(5, 60), 2),
                    rng.randint(1975, 2025),
                    rng.choice(("English", "English", "German"))))  # fmt: skip
        for author in rng.sample(range(1, 7), rng.choice((1, 1, 2))):
            db.execute("INSERT INTO book_author VALUES (?,?)", (n, author))
    for n in range(1, 51):
        db.execute("INSERT INTO member VALUES (?,?,?,?,?,?,?)",
                   (n, ("Amy", "Bo", "Cy", "Di", "Ed", "Flo")[n % 6] + str(n),
                    ("Hill", "Moor", "Lake", "Wood")[n % 4],
                    f"20{rng.randint(18, 26)}-{rng.randint(1, 11):02d}-{rng.randint(1, 28):02d}",
                    rng.choice(("Dale", "Ford", "Wells")), int(rng.random() < 0.8),
                    rng.choice((1, 1, 2, 3, 4, 5))
                    if n > 10 and rng.random() < 0.5 else None))  # fmt: skip
    for n in range(1, 91):
        db.execute("INSERT INTO copy VALUES (?,?,?,?)",
                   (n, rng.randint(1, 37), rng.choice("ABCD") + str(rng.randint(1, 9)),
                    f"20{rng.randint(15, 26)}-02-01"))  # fmt: skip
    fines = 0
    for n in range(1, 401):
        out = dt.date(2025, 1, 1) + dt.timedelta(days=rng.randint(0, 680))
        due = out + dt.timedelta(days=21)
        back = None if rng.random() < 0.1 else out + dt.timedelta(days=rng.randint(1, 40))
        db.execute("INSERT INTO loan VALUES (?,?,?,?,?,?)",
                   (n, rng.randint(1, 50), rng.randint(1, 44), out.isoformat(), due.isoformat(),
                    back.isoformat() if back else None))  # fmt: skip
        if back is not None and back > due:
            fines += 1
            db.execute("INSERT INTO fine VALUES (?,?,?,?)",
                       (fines, n, (back - due).days * 0.5, int(rng.random() < 0.7)))  # fmt: skip


_BOOKS = "FROM loan l JOIN copy c ON l.copy_id = c.id JOIN book b ON c.book_id = b.id "
_WROTE = "FROM author a JOIN book_author x ON x.author_id = a.id JOIN book b ON x.book_id = b.id "
QUESTIONS = (
    ("How many books are in German?", "SELECT COUNT(*) FROM book WHERE language = 'German'"),
    ("Which author wrote the most books?",
     f"SELECT name {_WROTE} GROUP BY a.id ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Which books have more than one author?",
     "SELECT title FROM book b JOIN book_author x ON x.book_id = b.id GROUP BY b.id "
     "HAVING COUNT(*) > 1"),
    ("Titles of novels by Lars Berg",
     f"SELECT title {_WROTE} WHERE genre = 'novel' AND name = 'Lars Berg'"),
    ("Who has never borrowed anything?",
     "SELECT first_name, last_name FROM member WHERE id NOT IN (SELECT member_id FROM loan)"),
    ("How many loans are overdue and not returned?",
     "SELECT COUNT(*) FROM loan WHERE returned_on IS NULL AND due_on < '2026-11-22'"),
    ("How many loans were returned late?", "SELECT COUNT(*) FROM loan WHERE returned_on > due_on"),
    ("How long are books borrowed on average?",
     "SELECT AVG(julianday(returned_on) - julianday(borrowed_on)) FROM loan"),
    ("Which genre was borrowed most in 2026?",
     f"SELECT genre {_BOOKS} WHERE borrowed_on >= '2026-01-01' AND borrowed_on < '2027-01-01' "
     "GROUP BY genre ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Total unpaid fines", "SELECT SUM(amount) FROM fine WHERE paid = 0"),
    ("Total fines per member",
     "SELECT first_name, last_name, SUM(amount) FROM fine f JOIN loan l ON f.loan_id = l.id "
     "JOIN member m ON l.member_id = m.id GROUP BY m.id"),
    ("How many members did each member refer?",
     "SELECT a.first_name, a.last_name, COUNT(*) FROM member a JOIN member b "
     "ON b.referred_by = a.id GROUP BY a.id"),
    ("Who referred the most members?",
     "SELECT a.first_name, a.last_name FROM member a JOIN member b ON b.referred_by = a.id "
     "GROUP BY a.id ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Active members from Dale or Ford",
     "SELECT first_name FROM member WHERE active = 1 AND town IN ('Dale', 'Ford')"),
    ("How many inactive members are there?", "SELECT COUNT(*) FROM member WHERE active = 0"),
    ("New members per year", "SELECT strftime('%Y', joined_on), COUNT(*) FROM member GROUP BY 1"),
    ("The cheapest among the five longest books",
     "SELECT title FROM (SELECT title, price FROM book ORDER BY pages DESC LIMIT 5) "
     "ORDER BY price LIMIT 1"),
    ("Longest book of each genre",
     "SELECT genre, title FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY genre ORDER BY pages "
     "DESC) i FROM book) WHERE i = 1"),
    ("Books with more pages than the average novel",
     "SELECT title FROM book WHERE pages > (SELECT AVG(pages) FROM book WHERE genre = 'novel')"),
    ("Average price of books by genre, only genres with at least 8 books",
     "SELECT genre, AVG(price) FROM book GROUP BY genre HAVING COUNT(*) >= 8"),
    ("Which genres have an average price above 30 for English books?",
     "SELECT genre FROM book WHERE language = 'English' GROUP BY genre HAVING AVG(price) > 30"),
    ("Books whose title starts with The Blue",
     "SELECT title FROM book WHERE title LIKE 'The Blue%'"),
    ("Number of books by genre and language",
     "SELECT genre, language, COUNT(*) FROM book GROUP BY genre, language"),
    ("Which members borrowed both a novel and a history book?",
     "SELECT first_name FROM member WHERE id IN (SELECT l.member_id " + _BOOKS
     + "WHERE genre = 'novel') "
     "AND id IN (SELECT l.member_id " + _BOOKS + "WHERE genre = 'history')"),
    ("How many loans per weekday?",
     "SELECT strftime('%w', borrowed_on), COUNT(*) FROM loan GROUP BY 1"),
    ("Which books have copies but were never borrowed?",
     "SELECT title FROM book WHERE id IN (SELECT book_id FROM copy) AND id NOT IN "
     f"(SELECT b.id {_BOOKS})"),
)  # fmt: skip
