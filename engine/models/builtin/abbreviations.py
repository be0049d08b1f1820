"""Abbreviations: how names of tables and columns shorten words."""

from types import MappingProxyType

EXPANSIONS = MappingProxyType(
    {
        "nm": "name", "cd": "code", "dt": "date", "dte": "date", "amt": "amount",
        "qty": "quantity", "wt": "weight", "cust": "customer", "ctry": "country",
        "cntry": "country", "acct": "account", "txn": "transaction", "trx": "transaction",
        "addr": "address", "nbr": "number", "yr": "year", "cnt": "count", "pct": "percent",
        "lvl": "level", "grp": "group", "usr": "user", "mgr": "manager", "emp": "employee",
        "dept": "department", "prod": "product", "ord": "order", "inv": "invoice",
        "descr": "description", "catg": "category", "ctgry": "category", "mth": "month",
        "mnth": "month", "prc": "price", "pymt": "payment", "pmt": "payment", "bal": "balance",
        "sts": "status", "typ": "type", "dob": "birthdate", "fk": "id", "pk": "id",
        "rm": "room", "vw": "view", "fst": "first", "lst": "last", "frst": "first", "mst": "master",
        "mstr": "master", "hdr": "header", "dtl": "detail", "dtls": "detail", "tot": "total",
        "itm": "item", "sz": "size", "hr": "hour", "hrs": "hour", "mins": "minute",
        "secs": "second", "qtr": "quarter", "bldg": "building", "dur": "duration",
        "proj": "project", "prj": "project", "veh": "vehicle", "eml": "email", "wh": "warehouse",
    }
)  # fmt: skip
"""Short forms that are no words, and stand for one word in names everywhere."""

ABBREVIATIONS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "no": ("number",), "num": ("number",), "nr": ("number",), "nbr": ("number",),
        "qty": ("quantity",), "amt": ("amount",), "desc": ("description",), "addr": ("address",),
        "tel": ("telephone", "phone"), "dob": ("birth", "birthday"), "dept": ("department",),
        "avg": ("average",), "pct": ("percentage", "percent"), "yr": ("year",), "mon": ("month",),
        "fname": ("first", "name"), "lname": ("last", "name"), "f": ("first", "forename"),
        "l": ("last", "surname"), "id": ("identifier", "identification"), "cust": ("customer",),
        "prod": ("product",), "cat": ("category",), "emp": ("employee",), "mgr": ("manager",),
        "dest": ("destination",), "src": ("source",), "org": ("organization",),
        "temp": ("temperature",), "lat": ("latitude",), "lng": ("longitude",),
        "lon": ("longitude",),
        "acct": ("account",), "txn": ("transaction",), "msg": ("message",), "img": ("image",),
        "ref": ("reference",), "stu": ("student",), "loc": ("location",), "ctry": ("country",),
        "st": ("state", "street"), "min": ("minimum",), "max": ("maximum",), "cnt": ("count",),
        "exp": ("expectancy", "experience"), "wt": ("weight",), "ht": ("height",),
        "pd": ("pay", "period"), "ph": ("phone",), "pos": ("position",), "vol": ("volume",),
        "curr": ("currency", "current"), "rec": ("record", "receive"), "reg": ("region",
        "registration", "register"), "sal": ("salary",), "stat": ("status", "statistic"),
        "subj": ("subject",), "tech": ("technician",), "spec": ("specialty", "specialization"),
        "prem": ("premium",), "pol": ("policy",), "comm": ("commission", "comment"),
        "sched": ("schedule",), "prog": ("program",), "ln": ("line", "last"),
        "mfr": ("manufacturer",), "cap": ("capacity",), "pop": ("population",),
    }
)  # fmt: skip
"""What short words in names stand for."""

_VOWELS = frozenset("aeiou")


def expanded(word: str) -> str:
    """Return the word that a part of a name stands for."""
    return EXPANSIONS.get(word, word)


def shortens(short: str, word: str) -> bool:
    """Whether a name's part is a word without its vowels: `vsl` for vessel, `shpmt` for shipment.

    The letters stand in the same order, begin with the same one, end with the last consonant, and
    keep at least half of the consonants.
    """
    if not 3 <= len(short) < len(word) or short[0] != word[0]:
        return False
    consonants = [letter for letter in word[1:] if letter not in _VOWELS]
    left = iter(word[1:])
    if not consonants or not all(letter in left for letter in short[1:]):
        return False
    kept = [letter for letter in short[1:] if letter not in _VOWELS]
    return bool(kept) and kept[-1] == consonants[-1] and len(kept) >= 0.5 * len(consonants)


def condenses(short: str, word: str) -> bool:
    """Whether a name's part may be a word cut short in any way: `rsv` for reservation.

    Its letters stand in the word in the same order, from the first one on. Only names that are
    made of short forms throughout are worth this guess.
    """
    short = short.removesuffix("s") if len(short) > 3 else short
    if not 3 <= len(short) < len(word) or short[0] != word[0]:
        return False
    left = iter(word[1:])
    kept = sum(letter not in _VOWELS for letter in short)
    whole = sum(letter not in _VOWELS for letter in word)
    return all(letter in left for letter in short[1:]) and kept >= 0.5 * whole


def begins(short: str, word: str) -> bool:
    """Whether a name's part is the beginning of a word: `temp`, `dest`, `seg`."""
    return 3 <= len(short) <= 5 and len(word) > len(short) + 1 and word.startswith(short)
