"""A help desk: camel case, moments with hours, tags in between, agents with managers."""

import datetime as dt
import random
import sqlite3

NAME = "desk"
SCHEMA = """
CREATE TABLE Account (accountId INTEGER PRIMARY KEY, companyName TEXT, industry TEXT,
    country TEXT, annualRevenue REAL, signupDate TEXT);
CREATE TABLE Agent (agentId INTEGER PRIMARY KEY, fullName TEXT, hiredOn TEXT,
    managerId INTEGER REFERENCES Agent(agentId), hourlyWage REAL, isActive TEXT, level TEXT);
CREATE TABLE Ticket (ticketId INTEGER PRIMARY KEY,
    accountId INTEGER REFERENCES Account(accountId),
    assigneeId INTEGER REFERENCES Agent(agentId), subject TEXT,
  priority TEXT, status TEXT, channel TEXT, createdAt TEXT, resolvedAt TEXT,
    satisfaction INTEGER);
CREATE TABLE TicketComment (commentId INTEGER PRIMARY KEY,
    ticketId INTEGER REFERENCES Ticket(ticketId), authorName TEXT, body TEXT, postedAt TEXT,
    isPublic TEXT);
CREATE TABLE Tag (tagId INTEGER PRIMARY KEY, label TEXT);
CREATE TABLE TicketTag (ticketId INTEGER REFERENCES Ticket(ticketId),
    tagId INTEGER REFERENCES Tag(tagId), PRIMARY KEY(ticketId, tagId));
"""

FIRSTS = ["Nova", "Apex", "Terra", "Luma"]
LASTS = ["Labs", "Works", "Group"]


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    r = random.Random(7)
    for n in range(1, 31):
        db.execute(
            "INSERT INTO Account VALUES (?,?,?,?,?,?)",
            (
                n,
                f"{r.choice(FIRSTS)} {r.choice(LASTS)} {n}",
                r.choice(["retail", "health", "energy", "education"]),
                r.choice(["Germany", "France", "Japan", "Chile"]),
                r.randint(1, 90) * 100000.0 if n % 7 else None,
                f"202{r.randint(3, 6)}-0{r.randint(1, 9)}-20",
            ),
        )
    for n in range(1, 16):
        db.execute(
            "INSERT INTO Agent VALUES (?,?,?,?,?,?,?)",
            (
                n,
                f"{r.choice(['Ida', 'Max', 'Ola', 'Rui'])} {chr(64 + n)}ender",
                f"20{r.randint(15, 25)}-0{r.randint(1, 9)}-01",
                None if n == 1 else (1 if n < 5 else r.randint(2, 4)),
                r.randint(18, 44) * 1.0,
                "true" if n % 5 else "false",
                r.choice(["junior", "senior", "lead"]),
            ),
        )
    for n in range(1, 301):
        c = dt.datetime(2025, 6, 1, 8, tzinfo=dt.UTC) + dt.timedelta(hours=r.randint(0, 12800))
        d = c + dt.timedelta(hours=r.randint(1, 300))
        st = r.choice(["open", "pending", "solved", "closed", "closed"])
        done = st in ("solved", "closed")
        db.execute(
            "INSERT INTO Ticket VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                n,
                r.randint(1, 26),
                r.randint(2, 13) if r.random() < 0.9 else None,
                r.choice(
                    [
                        "Login fails",
                        "Invoice wrong",
                        "Slow page",
                        "Feature request",
                        "Refund please",
                    ]
                ),
                r.choice(["low", "normal", "high", "urgent"]),
                st,
                r.choice(["email", "chat", "phone"]),
                f"{c:%Y-%m-%d %H:%M:%S}",
                f"{d:%Y-%m-%d %H:%M:%S}" if done else None,
                r.randint(1, 5) if done and r.random() < 0.7 else None,
            ),
        )
    for n in range(1, 701):
        c = dt.datetime(2025, 6, 2, 8, tzinfo=dt.UTC) + dt.timedelta(hours=r.randint(0, 12800))
        db.execute(
            "INSERT INTO TicketComment VALUES (?,?,?,?,?,?)",
            (
                n,
                r.randint(1, 290),
                r.choice(["Ida", "Customer", "Bot"]),
                r.choice(["Please try again", "Fixed now", "Any news?"]),
                f"{c:%Y-%m-%d %H:%M:%S}",
                r.choice(["true", "false"]),
            ),
        )
    for n, t in enumerate(["billing", "bug", "outage", "how-to", "spam"], 1):
        db.execute("INSERT INTO Tag VALUES (?,?)", (n, t))
    for n in range(1, 291):
        for t in r.sample(range(1, 5), r.randint(0, 2)):
            db.execute("INSERT INTO TicketTag VALUES (?,?)", (n, t))


QUESTIONS = (
    ('How many open tickets are there?',
     "SELECT count(*) FROM Ticket WHERE status='open'"),
    ('tickets by priority',
     'SELECT priority,count(*) FROM Ticket GROUP BY 1'),
    ('How many urgent tickets were created this year?',
     "SELECT count(*) FROM Ticket WHERE priority='urgent' AND createdAt>='2026-01-01'"),
    ('average satisfaction per agent',
     'SELECT fullName, avg(satisfaction) FROM Ticket t JOIN Agent a ON '
     'a.agentId=t.assigneeId GROUP BY a.agentId'),
    ('Which agent solved the most tickets?',
     'SELECT fullName FROM Ticket t JOIN Agent a ON a.agentId=t.assigneeId WHERE '
     "status='solved' GROUP BY a.agentId ORDER BY count(*) DESC LIMIT 1"),
    ('agents who are not active',
     "SELECT fullName FROM Agent WHERE isActive='false'"),
    ('unassigned tickets',
     'SELECT subject FROM Ticket WHERE assigneeId IS NULL'),
    ('tickets that have not been resolved',
     'SELECT subject FROM Ticket WHERE resolvedAt IS NULL'),
    ('average resolution time in hours',
     'SELECT avg((julianday(resolvedAt)-julianday(createdAt))*24) FROM Ticket'),
    ('average resolution time by priority',
     'SELECT priority, avg((julianday(resolvedAt)-julianday(createdAt))) FROM Ticket '
     'GROUP BY 1'),
    ('How many tickets are tagged bug?',
     "SELECT count(*) FROM TicketTag x JOIN Tag t ON t.tagId=x.tagId WHERE label='bug'"),
    ('tickets tagged both billing and bug',
     'SELECT subject FROM Ticket WHERE ticketId IN (SELECT subject FROM TicketTag WHERE '
     'tagId=1) AND ticketId IN (SELECT subject FROM TicketTag WHERE tagId=2)'),
    ('tags that are not used',
     'SELECT label FROM Tag WHERE tagId NOT IN (SELECT tagId FROM TicketTag)'),
    ('Which accounts have no tickets?',
     'SELECT companyName FROM Account WHERE accountId NOT IN (SELECT accountId FROM '
     'Ticket)'),
    ('number of tickets per account, most first',
     'SELECT companyName,count(*) FROM Account a JOIN Ticket t ON '
     't.accountId=a.accountId GROUP BY a.accountId ORDER BY 2 DESC'),
    ('agents and their managers',
     'SELECT a.fullName, m.fullName FROM Agent a JOIN Agent m ON m.agentId=a.managerId'),
    ('Who manages the most agents?',
     'SELECT m.fullName FROM Agent a JOIN Agent m ON m.agentId=a.managerId GROUP BY '
     'm.agentId ORDER BY count(*) DESC LIMIT 1'),
    ('agents who earn more than their manager',
     'SELECT a.fullName FROM Agent a JOIN Agent m ON m.agentId=a.managerId WHERE '
     'a.hourlyWage>m.hourlyWage'),
    ('average hourly wage by level',
     'SELECT level,avg(hourlyWage) FROM Agent GROUP BY 1'),
    ('accounts whose revenue is unknown',
     'SELECT companyName FROM Account WHERE annualRevenue IS NULL'),
    ('total annual revenue of accounts in retail',
     "SELECT sum(annualRevenue) FROM Account WHERE industry='retail'"),
    ('percentage of tickets per channel',
     'SELECT channel,round(100.0*count(*)/(select count(*) from Ticket),2) FROM Ticket '
     'GROUP BY 1'),
    ('How many comments does the average ticket have?',
     'SELECT avg(n) FROM (SELECT count(*) n FROM TicketComment GROUP BY ticketId)'),
    ('tickets with more than 4 comments',
     'SELECT t.subject FROM Ticket t JOIN TicketComment c ON c.ticketId=t.ticketId GROUP '
     'BY t.ticketId HAVING count(*)>4'),
    ("public comments containing 'Fixed'",
     "SELECT commentId FROM TicketComment WHERE isPublic='true' AND body LIKE '%Fixed%'"),
    ('tickets created on weekends',
     "SELECT subject FROM Ticket WHERE strftime('%w',createdAt) IN ('0','6')"),
    ('tickets per weekday',
     "SELECT strftime('%w',createdAt),count(*) FROM Ticket GROUP BY 1"),
    ('tickets by hour of day',
     "SELECT strftime('%H',createdAt),count(*) FROM Ticket GROUP BY 1"),
    ('tickets created per month by channel',
     "SELECT strftime('%Y-%m',createdAt),channel,count(*) FROM Ticket GROUP BY 1,2"),
    ('Show tickets by month and channel as a pivot',
     'SELECT '
     "strftime('%Y-%m',createdAt),sum(channel='chat'),sum(channel='email'),sum(channel='phone') "
     'FROM Ticket GROUP BY 1'),
    ('three oldest open tickets',
     "SELECT subject FROM Ticket WHERE status='open' ORDER BY createdAt LIMIT 3"),
    ('accounts that signed up in 2025',
     "SELECT companyName FROM Account WHERE signupDate LIKE '2025%'"),
    ('which industries have an average revenue above 4 million',
     'SELECT industry FROM Account GROUP BY 1 HAVING avg(annualRevenue)>4000000'),
    ('How many agents were hired before 2020?',
     "SELECT count(*) FROM Agent WHERE hiredOn<'2020-01-01'"),
    ('most common subject of high priority tickets',
     "SELECT subject FROM Ticket WHERE priority='high' GROUP BY 1 ORDER BY count(*) DESC "
     'LIMIT 1'),
    ('accounts with urgent tickets but no closed tickets',
     'SELECT companyName FROM Account WHERE accountId IN (SELECT accountId FROM Ticket '
     "WHERE priority='urgent') AND accountId NOT IN (SELECT accountId FROM Ticket WHERE "
     "status='closed')"),
    ('names of senior agents in alphabetical order',
     "SELECT fullName FROM Agent WHERE level='senior' ORDER BY fullName"),
    ('What is the most recent ticket of each account?',
     'SELECT companyName, subject, createdAt FROM (SELECT companyName, subject, '
     'createdAt, row_number() OVER (PARTITION BY a.accountId ORDER BY createdAt DESC) k '
     'FROM Ticket t JOIN Account a ON a.accountId=t.accountId) WHERE k=1'),
    ('running total of tickets by month',
     "SELECT strftime('%Y-%m',createdAt), sum(count(*)) OVER (ORDER BY "
     "strftime('%Y-%m',createdAt)) FROM Ticket GROUP BY 1"),
)  # fmt: skip
