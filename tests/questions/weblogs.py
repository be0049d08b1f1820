"""Web logs: visits of pages, by whom, from where, and what went wrong."""

import datetime as dt
import random
import sqlite3

NAME = "weblogs"
SCHEMA = """
CREATE TABLE sites (id INTEGER PRIMARY KEY, domain TEXT, owner TEXT, launched DATE);
CREATE TABLE pages (id INTEGER PRIMARY KEY, site_id INTEGER REFERENCES sites (id), path TEXT,
    section TEXT, word_count INTEGER, published TEXT);
CREATE TABLE visitors (id INTEGER PRIMARY KEY, country TEXT, browser TEXT, os TEXT,
    first_seen TIMESTAMP, subscribed TEXT);
CREATE TABLE requests (id INTEGER PRIMARY KEY, page_id INTEGER REFERENCES pages (id),
    visitor_id INTEGER REFERENCES visitors (id), requested_at TIMESTAMP, status_code INTEGER,
    duration_ms INTEGER, bytes_sent INTEGER, method TEXT, referrer TEXT);
CREATE TABLE errors (id INTEGER PRIMARY KEY, request_id INTEGER REFERENCES requests (id),
    message TEXT, severity TEXT, resolved INTEGER);
"""
SECTIONS = ("news", "blog", "docs", "shop")
COUNTRIES = ("Canada", "Brazil", "Japan", "Kenya", "Poland")
BROWSERS = ("Firefox", "Chrome", "Safari", "Edge")


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(23)
    for n, domain in enumerate(("alpha.example", "beta.example", "gamma.example"), 1):
        db.execute("INSERT INTO sites VALUES (?,?,?,?)",
                   (n, domain, ("Nora", "Otis", "Nora")[n - 1], f"20{18 + n}-03-01"))  # fmt: skip
    for n in range(1, 41):
        db.execute("INSERT INTO pages VALUES (?,?,?,?,?,?)",
                   (n, rng.choice((1, 1, 2, 3)), f"/{rng.choice(SECTIONS)}/{n}",
                    rng.choice(SECTIONS), rng.randint(100, 3000), rng.choice("YYYN")))  # fmt: skip
    for n in range(1, 201):
        db.execute("INSERT INTO visitors VALUES (?,?,?,?,?,?)",
                   (n, rng.choice(COUNTRIES), rng.choice(BROWSERS),
                    rng.choice(("Linux", "Windows", "macOS", "Android")),
                    f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} 08:00:00",
                    rng.choice(("yes", "no"))))  # fmt: skip
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    errors = 0
    for n in range(1, 3001):
        at = start + dt.timedelta(minutes=rng.randint(0, 325 * 24 * 60))
        status = rng.choice((200,) * 12 + (301, 404, 404, 500))
        db.execute("INSERT INTO requests VALUES (?,?,?,?,?,?,?,?,?)",
                   (n, rng.randint(1, 38), rng.randint(1, 185),
                   at.strftime("%Y-%m-%d %H:%M:%S"), status,
                    rng.randint(5, 900), rng.randint(500, 90_000), rng.choice(("GET", "GET",
                    "POST")),
                    rng.choice(("search", "social", "mail", None))))  # fmt: skip
        if status == 500:
            errors += 1
            db.execute("INSERT INTO errors VALUES (?,?,?,?,?)",
                       (errors, n, rng.choice(("timeout in cart", "disk full", "bad gateway")),
                        rng.choice(("minor", "major", "critical")),
                        int(rng.random() < 0.6)))  # fmt: skip


_JOIN = "FROM requests r JOIN pages p ON r.page_id = p.id JOIN visitors v ON r.visitor_id = v.id "
QUESTIONS = (
    ("How many requests were there?", "SELECT COUNT(*) FROM requests"),
    ("How many visitors are from Japan?", "SELECT COUNT(*) FROM visitors WHERE country = 'Japan'"),
    ("Number of requests per month this year",
     "SELECT strftime('%Y-%m', requested_at), COUNT(*) FROM requests "
     "WHERE requested_at >= '2026-01-01' AND requested_at < '2027-01-01' GROUP BY 1"),
    ("What is the average duration of requests by section?",
     f"SELECT section, AVG(duration_ms) {_JOIN} GROUP BY section"),
    ("Requests per country", f"SELECT country, COUNT(*) {_JOIN} GROUP BY country"),
    ("How many requests returned status code 404?",
     "SELECT COUNT(*) FROM requests WHERE status_code = 404"),
    ("Which 5 pages have the most requests?",
     f"SELECT path {_JOIN} GROUP BY p.id ORDER BY COUNT(*) DESC LIMIT 5"),
    ("Which pages were never requested?",
     "SELECT path FROM pages WHERE id NOT IN (SELECT page_id FROM requests)"),
    ("How many unresolved errors are there?", "SELECT COUNT(*) FROM errors WHERE resolved = 0"),
    ("How many errors are resolved?", "SELECT COUNT(*) FROM errors WHERE resolved = 1"),
    ("Number of errors by severity", "SELECT severity, COUNT(*) FROM errors GROUP BY severity"),
    ("Show the messages of critical errors.",
     "SELECT message FROM errors WHERE severity = 'critical'"),
    ("What is the most popular browser?",
     "SELECT browser FROM visitors GROUP BY browser ORDER BY COUNT(*) DESC LIMIT 1"),
    ("How many subscribed visitors use Firefox?",
     "SELECT COUNT(*) FROM visitors WHERE subscribed = 'yes' AND browser = 'Firefox'"),
    ("List the domains of sites owned by Nora.", "SELECT domain FROM sites WHERE owner = 'Nora'"),
    ("What is the total bytes sent for each site?",
     "SELECT domain, SUM(bytes_sent) FROM requests r JOIN pages p ON r.page_id = p.id "
     "JOIN sites s ON p.site_id = s.id GROUP BY s.id"),
    ("Which pages have more than 2500 words?", "SELECT path FROM pages WHERE word_count > 2500"),
    ("What is the longest duration?", "SELECT MAX(duration_ms) FROM requests"),
    ("How many requests took more than 800 ms?",
     "SELECT COUNT(*) FROM requests WHERE duration_ms > 800"),
    ("How many POST requests came from search?",
     "SELECT COUNT(*) FROM requests WHERE method = 'POST' AND referrer = 'search'"),
    ("How many requests have no referrer?", "SELECT COUNT(*) FROM requests WHERE referrer IS NULL"),
    ("How many pages does each site have?",
     "SELECT domain, COUNT(*) FROM sites s JOIN pages p ON p.site_id = s.id GROUP BY s.id"),
    ("Which countries do visitors with Safari come from?",
     "SELECT DISTINCT country FROM visitors WHERE browser = 'Safari'"),
    ("Average bytes sent by browser", f"SELECT browser, AVG(bytes_sent) {_JOIN} GROUP BY browser"),
    ("How many requests were made last month?",
     "SELECT COUNT(*) FROM requests WHERE requested_at >= '2026-10-01' AND requested_at < "
     "'2026-11-01'"),
    ("How many requests were there on weekends?",
     "SELECT COUNT(*) FROM requests WHERE strftime('%w', requested_at) IN ('0', '6')"),
    ("Requests per hour", "SELECT strftime('%H', requested_at), COUNT(*) FROM requests GROUP BY 1"),
    ("What share of requests has status code 200?",
     "SELECT AVG(CASE WHEN status_code = 200 THEN 100.0 ELSE 0.0 END) FROM requests"),
    ("List visitors from Kenya or Poland who use Linux.",
     "SELECT id FROM visitors WHERE country IN ('Kenya','Poland') AND os = 'Linux'"),
    ("How many different browsers do visitors use?",
     "SELECT COUNT(DISTINCT browser) FROM visitors"),
    ("Which section has the highest average word count?",
     "SELECT section FROM pages GROUP BY section ORDER BY AVG(word_count) DESC LIMIT 1"),
    ("Which error messages contain 'disk'?",
     "SELECT message FROM errors WHERE message LIKE '%disk%'"),
    ("How many visitors made at least 20 requests?",
     "SELECT COUNT(*) FROM (SELECT visitor_id FROM requests GROUP BY visitor_id HAVING COUNT(*) "
     ">= 20)"),
    ("Which visitors made no requests?",
     "SELECT id FROM visitors WHERE id NOT IN (SELECT visitor_id FROM requests)"),
    ("What is the average duration of requests in March?",
     "SELECT AVG(duration_ms) FROM requests WHERE requested_at >= '2026-03-01' "
     "AND requested_at < '2026-04-01'"),
    ("Which sites were launched before 2020?",
     "SELECT domain FROM sites WHERE launched < '2020-01-01'"),
    ("Number of requests by section and browser",
     f"SELECT section, browser, COUNT(*) {_JOIN} GROUP BY section, browser"),
    ("Show the path and section of the page with the fewest words.",
     "SELECT path, section FROM pages ORDER BY word_count LIMIT 1"),
    ("How many published pages are there?", "SELECT COUNT(*) FROM pages WHERE published = 'Y'"),
    ("Which requests took longer than the average duration?",
     "SELECT id FROM requests WHERE duration_ms > (SELECT AVG(duration_ms) FROM requests)"),
)  # fmt: skip
