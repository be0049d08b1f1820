"""Synonyms: what a word may be called instead, in any data."""

from types import MappingProxyType

_SYNONYMS = (
    "left leave|sex gender|country nation|city town|salary pay wage earning income earn|price cost|"
    "phone telephone mobile|mail email|company firm corporation business|"
    "employee worker staff person|student pupil|car vehicle automobile|movie film|book title|"
    "customer client buyer|buy purchase order|revenue sale turnover earning|"
    "product item good article|shop store outlet|"
    "person human individual|sell sale buy purchase|"
    "population inhabitant resident person|code abbreviation short|"
    "teacher instructor|"
    "doctor physician|begin start|end finish|create make build|area size surface|"
    "job occupation profession|"
    "birth born birthdate birthday dob bear|born birthdate|death die|"
    "kill death casualty|injure wound|leader head|"
    "founded independence establish|"
    "description note detail|comment note remark|address location|location place site|"
    "team club squad|match game|score point|department division|category kind type class|"
    "rating star score|language tongue|speak language|amount sum value|quantity number count|"
    "length duration|amount total|value total|year annual|month monthly|day daily|"
    "weight mass heavy|height tall|"
    "age old|date time|source origin depart departure leave|dest destination arrive arrival land|"
    "expectancy expectation expected|life living|own owner possess|live reside residence|"
    "produce make manufacture|"
    "maker manufacturer producer|work employ|teach instruct|visit visitor|order purchase|"
    "abbrev abbreviation|region area territory zone|stock inventory|supplier vendor|"
    "song track|album record|singer artist musician performer|museum gallery|flight plane|"
    "transaction payment|account acct|error failure|user member|website site page|"
    "temperature temp|sensor device|reading measurement value|review feedback opinion|"
    "discount rebate|profit margin gain|gnp product|first fore given|last family sur|surname lname|"
    "supervisor manager boss chief|full entire complete|picture image photo|"
    "result outcome|rank ranking position|hometown home birthplace|bonus award|"
    "nationality country citizen|"
    "gross total|fuel gasoline gas petrol|speed velocity fast|fee charge tuition|grade mark|"
    "written author writer|director direct|citizenship nationality|homepage website|"
    "headquarter headquarters hq|"
    "government administration|continent region|dog puppy|cat kitten|major field subject|"
    "capital city|share percentage|loan borrow lend"
)


def _synonyms() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in _SYNONYMS.split("|"):
        words = group.split()
        head = words[0]
        for word in words:
            # A group says what its first word may be called, and what each may be called instead.
            found.setdefault(word, set()).update(words)
            found.setdefault(head, set()).add(word)
    return {word: frozenset(others - {word}) for word, others in found.items()}


SYNONYMS: MappingProxyType[str, frozenset[str]] = MappingProxyType(_synonyms())
