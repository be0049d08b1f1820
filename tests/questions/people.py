"""People: who works where, on what, and how they were reviewed."""

import random
import sqlite3

NAME = "people"
SCHEMA = """
CREATE TABLE offices (office_id INTEGER PRIMARY KEY, city TEXT, country TEXT, opened_on DATE,
    seats INTEGER);
CREATE TABLE departments (dept_id INTEGER PRIMARY KEY, dept_name TEXT, budget REAL,
    office_id INTEGER REFERENCES offices (office_id));
CREATE TABLE employees (emp_id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, gender TEXT,
    birth_date DATE, hired_on DATE, job_title TEXT, salary REAL, is_remote BOOLEAN, phone TEXT,
    dept_id INTEGER REFERENCES departments (dept_id),
    manager_id INTEGER REFERENCES employees (emp_id));
CREATE TABLE projects (project_id INTEGER PRIMARY KEY, title TEXT, started_on DATE, ended_on DATE,
    priority TEXT);
CREATE TABLE assignments (emp_id INTEGER REFERENCES employees (emp_id),
    project_id INTEGER REFERENCES projects (project_id), hours INTEGER,
    PRIMARY KEY (emp_id, project_id));
CREATE TABLE appraisals (appraisal_id INTEGER PRIMARY KEY,
    emp_id INTEGER REFERENCES employees (emp_id), year INTEGER, score INTEGER, comment TEXT);
"""
FIRST = (
    "Ada Ben Cleo Dan Eva Finn Gina Hal Iris Jon Kim Leo Mia Ned Ola Pia Quin Rosa Sam Tess".split()
)
LAST = "Abbot Baker Clay Dorn Ebert Frost Grant Hale Ives Jansen Klein Lund Moore Nash".split()
JOBS = ("Engineer", "Analyst", "Designer", "Accountant", "Recruiter", "Team Lead")
CITIES = (("Oslo", "Norway"), ("Lyon", "France"), ("Porto", "Portugal"), ("Turin", "Italy"))
DEPARTMENTS = ("Research", "Finance", "Marketing", "Support", "Legal", "Archive")
PROJECTS = ("Atlas", "Beacon", "Comet", "Delta Forms", "Echo", "Forms Renewal", "Glacier")


def fill(db: sqlite3.Connection) -> None:
    """Write the same rows each time."""
    rng = random.Random(11)
    for n, (city, country) in enumerate(CITIES, 1):
        db.execute("INSERT INTO offices VALUES (?,?,?,?,?)",
                   (n, city, country, f"{2008 + n * 3}-05-0{n}", 40 * n))  # fmt: skip
    for n, name in enumerate(DEPARTMENTS, 1):
        db.execute("INSERT INTO departments VALUES (?,?,?,?)",
                   (n, name, 90_000.0 + 35_000 * n, n % 4 + 1))  # fmt: skip
    for n in range(1, 121):
        dept = rng.choice((1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5))
        row = (n, rng.choice(FIRST), rng.choice(LAST), rng.choice("MF"),
               f"{rng.randint(1962, 2003)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
               f"{rng.randint(2012, 2026)}-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d}",
               rng.choice(JOBS), 30_000 + 500 * rng.randint(0, 140), rng.random() < 0.3,
               f"+47 {rng.randint(1000, 9999)}" if rng.random() < 0.8 else None, dept,
               rng.randint(1, 12) if n > 12 else None)  # fmt: skip
        db.execute(f"INSERT INTO employees VALUES ({','.join('?' * 12)})", row)
    for n, title in enumerate(PROJECTS, 1):
        ended = f"2026-0{n}-10" if n % 2 else None
        db.execute("INSERT INTO projects VALUES (?,?,?,?,?)",
                   (n, title, f"202{n % 4 + 2}-0{n}-01", ended, ("low", "medium",
                   "high")[n % 3]))  # fmt: skip
    for n in range(1, 101):
        for project in rng.sample(range(1, 7), rng.randint(0, 3)):
            db.execute("INSERT INTO assignments VALUES (?,?,?)", (n, project, rng.randint(10, 400)))
    number = 0
    for n in range(1, 121):
        for year in (2024, 2025):
            if rng.random() < 0.7:
                number += 1
                comment = rng.choice(("good year", "needs support", "excellent work", None))
                db.execute("INSERT INTO appraisals VALUES (?,?,?,?,?)",
                           (number, n, year, rng.randint(1, 5), comment))  # fmt: skip


QUESTIONS = (
    ("How many employees are there?", "SELECT COUNT(*) FROM employees"),
    ("List the titles of all projects.", "SELECT title FROM projects"),
    ("What is the average salary?", "SELECT AVG(salary) FROM employees"),
    ("What is the average salary for each job title?",
     "SELECT job_title, AVG(salary) FROM employees GROUP BY job_title"),
    ("How many employees work in each department?",
     "SELECT dept_name, COUNT(*) FROM employees JOIN departments USING (dept_id) GROUP BY dept_id"),
    ("Who are the five best paid employees?",
     "SELECT first_name, last_name FROM employees ORDER BY salary DESC LIMIT 5"),
    ("Show the first name and salary of employees who earn more than 90000.",
     "SELECT first_name, salary FROM employees WHERE salary > 90000"),
    ("How many women work here?", "SELECT COUNT(*) FROM employees WHERE gender = 'F'"),
    ("How many remote employees are there?", "SELECT COUNT(*) FROM employees WHERE is_remote = 1"),
    ("How many employees are not remote?", "SELECT COUNT(*) FROM employees WHERE is_remote = 0"),
    ("Which employees have no phone?",
     "SELECT first_name, last_name FROM employees WHERE phone IS NULL"),
    ("Which departments have no employees?",
     "SELECT dept_name FROM departments WHERE dept_id NOT IN (SELECT dept_id FROM employees)"),
    ("Which department has the most employees?",
     "SELECT dept_name FROM departments JOIN employees USING (dept_id) GROUP BY dept_id "
     "ORDER BY COUNT(*) DESC LIMIT 1"),
    ("Which employees earn more than the average salary?",
     "SELECT first_name, last_name FROM employees WHERE salary > (SELECT AVG(salary) FROM "
     "employees)"),
    ("How many people were hired per year?",
     "SELECT strftime('%Y', hired_on) AS y, COUNT(*) FROM employees GROUP BY 1 ORDER BY 1"),
    ("How many employees were hired last year?",
     "SELECT COUNT(*) FROM employees WHERE hired_on >= '2025-01-01' AND hired_on < '2026-01-01'"),
    ("How many employees were hired since 2024?",
     "SELECT COUNT(*) FROM employees WHERE hired_on >= '2024-01-01'"),
    ("List employees hired between 2020 and 2022.",
     "SELECT first_name, last_name FROM employees WHERE hired_on >= '2020-01-01' "
     "AND hired_on < '2023-01-01'"),
    ("Which projects have more than 15 employees?",
     "SELECT title FROM projects JOIN assignments USING (project_id) GROUP BY project_id "
     "HAVING COUNT(*) > 15"),
    ("Total hours per project", "SELECT title, SUM(hours) FROM projects JOIN assignments "
     "USING (project_id) GROUP BY project_id"),
    ("Which projects are nobody assigned to?",
     "SELECT title FROM projects WHERE project_id NOT IN (SELECT project_id FROM assignments)"),
    ("What is the total budget of departments in Norway?",
     "SELECT SUM(budget) FROM departments JOIN offices USING (office_id) WHERE country = 'Norway'"),
    ("List the names of departments located in Lyon or Turin.",
     "SELECT dept_name FROM departments JOIN offices USING (office_id) WHERE city IN "
     "('Lyon','Turin')"),
    ("What is the highest salary in the Research department?",
     "SELECT MAX(salary) FROM employees JOIN departments USING (dept_id) WHERE dept_name = "
     "'Research'"),
    ("What are the minimum and maximum salary of engineers?",
     "SELECT MIN(salary), MAX(salary) FROM employees WHERE job_title = 'Engineer'"),
    ("How many different job titles are there?", "SELECT COUNT(DISTINCT job_title) FROM employees"),
    ("Show all job titles in alphabetical order.",
     "SELECT DISTINCT job_title FROM employees ORDER BY job_title"),
    ("Which project titles contain 'Forms'?",
     "SELECT title FROM projects WHERE title LIKE '%Forms%'"),
    ("Which employees have a last name that starts with 'K'?",
     "SELECT first_name, last_name FROM employees WHERE last_name LIKE 'K%'"),
    ("What is the average appraisal score per year?",
     "SELECT year, AVG(score) FROM appraisals GROUP BY year"),
    ("What is the average score of each department in 2025?",
     "SELECT dept_name, AVG(score) FROM appraisals JOIN employees USING (emp_id) "
     "JOIN departments USING (dept_id) WHERE year = 2025 GROUP BY dept_id"),
    ("How many appraisals have a score of 5?", "SELECT COUNT(*) FROM appraisals WHERE score = 5"),
    ("Which employees were never appraised?",
     "SELECT first_name, last_name FROM employees WHERE emp_id NOT IN (SELECT emp_id FROM "
     "appraisals)"),
    ("How many high priority projects are there?",
     "SELECT COUNT(*) FROM projects WHERE priority = 'high'"),
    ("Which projects have not ended?", "SELECT title FROM projects WHERE ended_on IS NULL"),
    ("What percentage of employees are remote?",
     "SELECT AVG(CASE WHEN is_remote = 1 THEN 100.0 ELSE 0.0 END) FROM employees"),
    ("Which job title has the highest average salary?",
     "SELECT job_title FROM employees GROUP BY job_title ORDER BY AVG(salary) DESC LIMIT 1"),
    ("Who is the oldest employee?",
     "SELECT first_name, last_name FROM employees ORDER BY birth_date LIMIT 1"),
    ("List the first and last names of analysts sorted by salary in descending order.",
     "SELECT first_name, last_name FROM employees WHERE job_title = 'Analyst' ORDER BY salary "
     "DESC"),
    ("Which departments have an average salary above 65000?",
     "SELECT dept_name FROM departments JOIN employees USING (dept_id) GROUP BY dept_id "
     "HAVING AVG(salary) > 65000"),
)  # fmt: skip
