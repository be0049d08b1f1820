"""E-sports: teams that meet at home and away, players who may have no team, sponsors in between."""

import datetime as dt
import random
import sqlite3

NAME = "esports"
SCHEMA = """
CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT, country TEXT, founded_on TEXT,
    budget REAL);
CREATE TABLE players (id INTEGER PRIMARY KEY, nickname TEXT, full_name TEXT, birth_date TEXT,
    country TEXT,
  team_id INTEGER REFERENCES teams(id), salary REAL, is_captain INTEGER, role TEXT);
CREATE TABLE tournaments (id INTEGER PRIMARY KEY, title TEXT, city TEXT, prize_pool REAL,
    starts_on TEXT, ends_on TEXT, online TEXT);
CREATE TABLE matches (id INTEGER PRIMARY KEY, tournament_id INTEGER REFERENCES tournaments(id),
  home_team_id INTEGER REFERENCES teams(id), away_team_id INTEGER REFERENCES teams(id),
    played_at TEXT,
  home_score INTEGER, away_score INTEGER, duration_minutes INTEGER,
    winner_id INTEGER REFERENCES teams(id));
CREATE TABLE sponsors (id INTEGER PRIMARY KEY, name TEXT, industry TEXT);
CREATE TABLE sponsorships (sponsor_id INTEGER REFERENCES sponsors(id),
    team_id INTEGER REFERENCES teams(id), amount REAL, signed_on TEXT,
  PRIMARY KEY (sponsor_id, team_id));
"""

FIRSTS = ["Ana", "Bo", "Cy", "Dee", "Eli"]
LASTS = ["Stone", "Hill", "Marsh", "Field"]


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    r = random.Random(5)
    cs = ["Sweden", "Brazil", "Korea", "Poland", "Canada"]
    names = [
        "Night Owls",
        "Red Comets",
        "Iron Wolves",
        "Blue Tide",
        "Silver Foxes",
        "Gold Rush",
        "Storm Riders",
        "Pixel Kings",
        "Quiet Storm",
        "Void",
    ]
    for n, x in enumerate(names, 1):
        db.execute(
            "INSERT INTO teams VALUES (?,?,?,?,?)",
            (n, x, cs[n % 5], f"20{10 + n}-0{1 + n % 9}-15", r.randint(100, 900) * 1000.0),
        )
    for n in range(1, 56):
        t = r.randint(1, 9) if n < 50 else None
        db.execute(
            "INSERT INTO players VALUES (?,?,?,?,?,?,?,?,?)",
            (
                n,
                f"nick{n:02d}",
                f"{r.choice(FIRSTS)} {r.choice(LASTS)} {n}",
                f"{r.randint(1992, 2008)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}",
                r.choice(cs) if r.random() < 0.9 else None,
                t,
                r.randint(20, 120) * 1000.0,
                int(n % 6 == 0),
                r.choice(["support", "carry", "jungler", "mid"]),
            ),
        )
    for n, (t, c) in enumerate(
        [
            ("Spring Cup", "Berlin"),
            ("Summer Clash", "Seoul"),
            ("Autumn Open", "Berlin"),
            ("Winter Finals", "Oslo"),
            ("Rookie Cup", "Lima"),
            ("Masters", "Seoul"),
            ("Ghost Cup", "Oslo"),
        ],
        1,
    ):
        s = dt.date(2025, 1, 10) + dt.timedelta(days=90 * n)
        e = s + dt.timedelta(days=r.randint(2, 20))
        db.execute(
            "INSERT INTO tournaments VALUES (?,?,?,?,?,?,?)",
            (
                n,
                t,
                c,
                r.randint(10, 200) * 1000.0,
                s.isoformat(),
                e.isoformat(),
                "yes" if n % 3 == 0 else "no",
            ),
        )
    for n in range(1, 141):
        h, a = r.sample(range(1, 10), 2)
        hs, as_ = r.randint(0, 5), r.randint(0, 5)
        d = dt.datetime(2025, 4, 1, 18, tzinfo=dt.UTC) + dt.timedelta(hours=r.randint(0, 14000))
        db.execute(
            "INSERT INTO matches VALUES (?,?,?,?,?,?,?,?,?)",
            (
                n,
                r.randint(1, 6),
                h,
                a,
                f"{d:%Y-%m-%d %H:%M:%S}",
                hs,
                as_,
                r.randint(18, 75),
                h if hs > as_ else a if as_ > hs else None,
            ),
        )
    for n, (x, i) in enumerate(
        [
            ("Volt", "energy drinks"),
            ("Chipline", "hardware"),
            ("Bankly", "finance"),
            ("Soda", "energy drinks"),
            ("Keyz", "hardware"),
            ("Lone", "travel"),
        ],
        1,
    ):
        db.execute("INSERT INTO sponsors VALUES (?,?,?)", (n, x, i))
    for s in range(1, 6):
        for t in r.sample(range(1, 11), 4):
            db.execute(
                "INSERT INTO sponsorships VALUES (?,?,?,?)",
                (s, t, r.randint(5, 90) * 1000.0, f"202{r.randint(4, 6)}-0{r.randint(1, 9)}-11"),
            )


QUESTIONS = (
    ('List the nicknames and salaries of all players',
     'SELECT nickname, salary FROM players'),
    ('Which countries do players come from?',
     'SELECT DISTINCT country FROM players'),
    ('How many different roles are there?',
     'SELECT count(distinct role) FROM players'),
    ('How many players does each team have?',
     'SELECT t.name, count(*) FROM teams t JOIN players p ON p.team_id=t.id GROUP BY '
     't.id'),
    ('total prize pool',
     'SELECT sum(prize_pool) FROM tournaments'),
    ('Players earning between 50000 and 80000',
     'SELECT full_name FROM players WHERE salary BETWEEN 50000 AND 80000'),
    ('players whose full name starts with Ana',
     "SELECT full_name FROM players WHERE full_name LIKE 'Ana%'"),
    ('tournaments with Cup in the title',
     "SELECT title FROM tournaments WHERE title LIKE '%Cup%'"),
    ('Players without a team',
     'SELECT full_name FROM players WHERE team_id IS NULL'),
    ('Which teams have no sponsor?',
     'SELECT name FROM teams WHERE id NOT IN (SELECT team_id FROM sponsorships)'),
    ('teams from Sweden or Poland',
     "SELECT name FROM teams WHERE country IN ('Sweden','Poland')"),
    ('players who are not from Brazil',
     "SELECT full_name FROM players WHERE country <> 'Brazil'"),
    ('Who is the best paid player?',
     'SELECT full_name FROM players ORDER BY salary DESC LIMIT 1'),
    ('Top 3 teams by number of wins',
     'SELECT t.name FROM teams t JOIN matches m ON m.winner_id=t.id GROUP BY t.id ORDER '
     'BY count(*) DESC LIMIT 3'),
    ('highest paid player in each team',
     'SELECT name, full_name, salary FROM (SELECT t.name, p.full_name, p.salary, '
     'row_number() OVER (PARTITION BY t.id ORDER BY salary DESC) r FROM players p JOIN '
     'teams t ON t.id=p.team_id) WHERE r=1'),
    ('average match duration per tournament',
     'SELECT t.title, avg(duration_minutes) FROM matches m JOIN tournaments t ON '
     't.id=m.tournament_id GROUP BY t.id'),
    ('number of matches per month',
     "SELECT strftime('%Y-%m',played_at), count(*) FROM matches GROUP BY 1"),
    ('Which teams have more than 5 players?',
     'SELECT t.name FROM teams t JOIN players p ON p.team_id=t.id GROUP BY t.id HAVING '
     'count(*)>5'),
    ('players who earn more than the average',
     'SELECT full_name FROM players WHERE salary > (SELECT avg(salary) FROM players)'),
    ('What percentage of players are captains?',
     'SELECT 100.0*sum(is_captain)/count(*) FROM players'),
    ('Share of matches per tournament',
     'SELECT t.title, round(100.0*count(*)/(select count(*) from matches),2) FROM '
     'matches m JOIN tournaments t ON t.id=m.tournament_id GROUP BY t.id'),
    ('How many matches were played last month?',
     "SELECT count(*) FROM matches WHERE played_at>='2026-10-01' AND "
     "played_at<'2026-11-01'"),
    ('matches played on weekends',
     "SELECT id FROM matches WHERE strftime('%w',played_at) IN ('0','6')"),
    ('How many online tournaments are there?',
     "SELECT count(*) FROM tournaments WHERE online='yes'"),
    ('How many matches did the Night Owls win?',
     'SELECT count(*) FROM matches m JOIN teams t ON t.id=m.winner_id WHERE '
     "t.name='Night Owls'"),
    ('How many matches did Iron Wolves play at home?',
     'SELECT count(*) FROM matches m JOIN teams t ON t.id=m.home_team_id WHERE '
     "t.name='Iron Wolves'"),
    ('matches between Night Owls and Void',
     'SELECT m.id FROM matches m JOIN teams h ON h.id=home_team_id JOIN teams a ON '
     "a.id=away_team_id WHERE (h.name='Night Owls' AND a.name='Void') OR (h.name='Void' "
     "AND a.name='Night Owls')"),
    ('matches between Red Comets and Iron Wolves',
     'SELECT m.id FROM matches m JOIN teams h ON h.id=home_team_id JOIN teams a ON '
     "a.id=away_team_id WHERE (h.name='Red Comets' AND a.name='Iron Wolves') OR "
     "(h.name='Iron Wolves' AND a.name='Red Comets')"),
    ('Which sponsor gave the most money?',
     'SELECT s.name FROM sponsors s JOIN sponsorships x ON x.sponsor_id=s.id GROUP BY '
     's.id ORDER BY sum(amount) DESC LIMIT 1'),
    ('Which sponsors support teams from Sweden?',
     'SELECT DISTINCT s.name FROM sponsors s JOIN sponsorships x ON x.sponsor_id=s.id '
     "JOIN teams t ON t.id=x.team_id WHERE t.country='Sweden'"),
    ('total sponsorship amount by industry',
     'SELECT industry, sum(amount) FROM sponsors s JOIN sponsorships x ON '
     'x.sponsor_id=s.id GROUP BY 1'),
    ('sponsors that have never sponsored a team',
     'SELECT name FROM sponsors WHERE id NOT IN (SELECT sponsor_id FROM sponsorships)'),
    ('How long does a tournament take on average?',
     'SELECT avg(julianday(ends_on)-julianday(starts_on)) FROM tournaments'),
    ('oldest player of each role',
     'SELECT role, full_name, birth_date FROM (SELECT *, row_number() OVER (PARTITION BY '
     'role ORDER BY birth_date) r FROM players) WHERE r=1'),
    ('Which cities hosted more than one tournament?',
     'SELECT city FROM tournaments GROUP BY city HAVING count(*)>1'),
    ('cumulative prize pool by month',
     "SELECT strftime('%Y-%m',starts_on), sum(sum(prize_pool)) OVER (ORDER BY "
     "strftime('%Y-%m',starts_on)) FROM tournaments GROUP BY 1"),
    ('teams sponsored by both Volt and Chipline',
     'SELECT name FROM teams WHERE id IN (SELECT team_id FROM sponsorships x JOIN '
     "sponsors s ON s.id=x.sponsor_id WHERE s.name='Volt') AND id IN (SELECT team_id "
     "FROM sponsorships x JOIN sponsors s ON s.id=x.sponsor_id WHERE s.name='Chipline')"),
    ('teams sponsored by Volt but not by Soda',
     'SELECT name FROM teams WHERE id IN (SELECT team_id FROM sponsorships x JOIN '
     "sponsors s ON s.id=x.sponsor_id WHERE s.name='Volt') AND id NOT IN (SELECT team_id "
     "FROM sponsorships x JOIN sponsors s ON s.id=x.sponsor_id WHERE s.name='Soda')"),
    ('ratio of the total sponsorship amount to budget per team',
     'SELECT t.name, 1.0*sum(amount)/budget FROM teams t JOIN sponsorships x ON '
     'x.team_id=t.id GROUP BY t.id'),
    ('How many matches ended in a draw?',
     'SELECT count(*) FROM matches WHERE home_score=away_score'),
    ('What is the average salary by role, highest first',
     'SELECT role, avg(salary) FROM players GROUP BY role ORDER BY 2 DESC'),
    ('matches that took longer than an hour',
     'SELECT id FROM matches WHERE duration_minutes>60'),
    ('How old is the youngest captain?',
     "SELECT cast((julianday('2026-11-22')-julianday(max(birth_date)))/365.25 as int) "
     'FROM players WHERE is_captain=1'),
    ('teams founded since 2015',
     "SELECT name FROM teams WHERE founded_on>='2015-01-01'"),
    ('tournaments in Berlin with a prize pool over 50k',
     "SELECT title FROM tournaments WHERE city='Berlin' AND prize_pool>50000"),
    ('number of tournaments per year',
     "SELECT strftime('%Y',starts_on), count(*) FROM tournaments GROUP BY 1"),
    ('Which role has the lowest average salary?',
     'SELECT role FROM players GROUP BY role ORDER BY avg(salary) LIMIT 1'),
    ('Average number of players per team',
     'SELECT avg(n) FROM (SELECT count(*) n FROM players WHERE team_id IS NOT NULL GROUP '
     'BY team_id)'),
    ('How many teams have played in the Spring Cup?',
     'SELECT count(*) FROM (SELECT home_team_id FROM matches WHERE tournament_id=1 UNION '
     'SELECT away_team_id FROM matches WHERE tournament_id=1)'),
)  # fmt: skip
