"""English, as far as questions about data need it. Nothing here knows a schema."""

from types import MappingProxyType
from typing import Literal

import msgspec

CueKind = Literal[
    "ask", "count", "agg", "sup", "most", "common", "op", "comp", "between", "like", "not", "and",
    "or", "both", "except", "each", "order", "dir", "distinct", "rel", "be", "have", "do", "prep",
    "which", "top", "all", "stop", "null", "times", "share", "when", "where", "growth", "running",
    "info", "than", "how", "chart", "any", "same",
]  # fmt: skip


class Cue(msgspec.Struct, frozen=True):
    """A phrase that says what to do, not what with."""

    kind: CueKind
    arg: str = ""
    concept: str = ""
    weight: float = 1.0


def _many(kind: CueKind, arg: str, phrases: str, concept: str = "") -> dict[tuple[str, ...], Cue]:
    cue = Cue(kind, arg, concept)
    return {tuple(phrase.split()): cue for phrase in phrases.split("|")}


CONCEPTS: MappingProxyType[str, tuple[tuple[str, int], ...]] = MappingProxyType(
    {
        "age": (("age", 1), ("birth", -1), ("birthday", -1), ("dob", -1), ("found", -1),
                ("year", -1), ("open", -1), ("build", -1), ("date", -1)),
        "size": (("size", 1), ("area", 1), ("capacity", 1), ("population", 1), ("amount", 1),
                 ("total", 1), ("volume", 1), ("principal", 1), ("balance", 1), ("budget", 1)),
        "height": (("height", 1), ("elevation", 1), ("altitude", 1)),
        "length": (("length", 1), ("duration", 1), ("distance", 1), ("time", 1),
                   ("runtime", 1), ("page", 1)),
        "weight": (("weight", 1), ("mass", 1), ("tonnage", 1)),
        "speed": (("speed", 1), ("velocity", 1), ("time", -1), ("duration", -1)),
        "price": (("price", 1), ("cost", 1), ("fee", 1), ("rate", 1), ("amount", 1), ("charge", 1)),
        "wealth": (("wealth", 1), ("worth", 1), ("income", 1), ("salary", 1), ("money", 1),
                   ("gdp", 1), ("gnp", 1)),
        "time": (("date", 1), ("time", 1), ("year", 1), ("start", 1), ("day", 1), ("create", 1),
                 ("at", 1)),
        "quality": (("rating", 1), ("score", 1), ("star", 1), ("grade", 1), ("point", 1),
                    ("rank", -1), ("ranking", -1), ("position", -1)),
        "heat": (("temperature", 1), ("heat", 1)),
        "service": (("hire", 1), ("join", 1), ("employ", 1), ("start", 1), ("since", 1)),
        "pay": (("salary", 1), ("pay", 1), ("wage", 1), ("income", 1)),
    }
)  # fmt: skip
"""What an adjective measures: words of columns, best first, with the direction they grow in."""

_ADJECTIVES = (
    # superlatives, comparatives, direction, concept
    ("oldest|eldest", "older|elder", "desc", "age"),
    ("youngest", "younger", "asc", "age"),
    ("largest|biggest", "larger|bigger", "desc", "size"),
    ("smallest", "smaller", "asc", "size"),
    ("tallest", "taller", "desc", "height"),
    ("longest", "longer", "desc", "length"),
    ("shortest", "shorter", "asc", "length"),
    ("heaviest", "heavier", "desc", "weight"),
    ("lightest", "lighter", "asc", "weight"),
    ("fastest|quickest", "faster|quicker", "desc", "speed"),
    ("slowest", "slower", "asc", "speed"),
    ("cheapest|least expensive|least costly|most affordable", "cheaper|"
    "less expensive", "asc", "price"),
    ("most expensive|priciest|costliest|dearest|most costly", "more expensive|pricier|costlier",
     "desc", "price"),
    ("richest|wealthiest", "richer|wealthier", "desc", "wealth"),
    ("poorest", "poorer", "asc", "wealth"),
    ("latest|newest|most recent|most recently|last", "newer|more recent|more recently", "desc",
     "time"),
    ("earliest|least recent|least recently", "", "asc", "time"),
    ("best", "better", "desc", "quality"),
    ("worst", "worse", "asc", "quality"),
    ("hottest|warmest", "hotter|warmer", "desc", "heat"),
    ("coldest|coolest", "colder|cooler", "asc", "heat"),
    ("best paid|highest paid", "better paid", "desc", "pay"),
    ("longest serving|longest standing|most senior|most experienced", "more senior", "asc",
     "service"),
    ("worst paid|lowest paid", "worse paid", "asc", "pay"),
)  # fmt: skip


def _adjectives() -> dict[tuple[str, ...], Cue]:
    found: dict[tuple[str, ...], Cue] = {}
    for superlatives, comparatives, direction, concept in _ADJECTIVES:
        found |= _many("sup", direction, superlatives, concept)
        if comparatives:
            found |= _many("comp", ">" if direction == "desc" else "<", comparatives, concept)
    return found


CUES: MappingProxyType[tuple[str, ...], Cue] = MappingProxyType(
    _many("ask", "", "show|list|find|give|return|display|tell|get|please|show me|give me|tell me|"
          "list out|list all|what is|what are|what was|what were|can you|could you|i want|"
          "i would like|to know|to see|provide|fetch|retrieve|identify|select|report|present|"
          "compute|calculate|determine|what's|whats|name|let me know|see|look up|print")
    | _many("count", "", "how many|number of|the number of|count of|count|counts|total number of|"
            "number|the total number of|the count of|quantity of|amount of|how many different")
    | _many("info", "", "all information|all the information|all info|everything|all details|"
            "all the details|all columns|all fields|full details|information|details|"
            "all data|all the data|complete information|rows|records|raw data")
    | _many("times", "", "how often|how many times|number of times|times")
    | _many("share", "", "percentage of|percent of|share of|proportion of|what percentage of|"
            "what share of|fraction of|ratio of|what percent of|what proportion of|"
            "what fraction of")
    | _many("agg", "avg", "average|mean|avg|averaged|averages|on average|average of|typical")
    | _many("agg", "sum", "total|sum|sum of|total of|combined|overall|summed|total amount of|"
            "total amount|in total|altogether|how much")
    | _many("agg", "min", "minimum|min|minimal|lowest possible")
    | _many("agg", "max", "maximum|max|maximal")
    | _many("agg", "median", "median")
    | _many("sup", "desc", "highest|greatest|maximal")
    | _many("sup", "asc", "lowest|least amount of")
    | _many("most", "desc", "most|most number of|highest number of|"
            "largest number of|greatest number of|maximum number of|highest count of|"
            "biggest number of|largest amount of|greatest amount of|most amount of|max number of")
    | _many("most", "asc", "least|fewest|least number of|lowest number of|"
            "smallest number of|fewest number of|minimum number of|smallest amount of")
    | _many("common", "desc", "most common|most popular|most frequent|most frequently|"
            "most commonly|most often|most widely|predominant|predominantly|most used|mostly|"
            "most commonly used|"
            "most popularly|commonest|most prominent|most prevalent|most typical|best selling")
    | _many("common", "asc", "least common|least popular|least frequent|least frequently|rarest|"
            "least commonly|least often|least used")
    | _adjectives()
    | _many("op", ">", "more than|greater than|over|above|larger than|higher than|bigger than|"
            "exceeding|exceed|exceeds|at more than|upwards of|more|greater|higher|bigger than|>|"
            "in excess of|exceeded|surpass|surpasses|surpassing|better than")
    | _many("op", ">", "longer than", "length") | _many("op", "<", "shorter than", "length")
    | _many("op", "<", "less than|fewer than|below|under|smaller than|lower than|less|lower|"
            "fewer|<|"
            "not reaching")
    | _many("op", ">=", "at least|no less than|not less than|no fewer than|minimum of|or more|>=|"
            "or higher|or above|and above|or greater|or older|or after|or later|or newer|"
            "not fewer than|greater than or equal to|"
            "a minimum of|more than or equal to|not below|not under")
    | _many("op", "<=", "at most|no more than|not more than|maximum of|or less|or fewer|<=|"
            "or lower|or below|and below|or younger|or before|or earlier|up to|"
            "less than or equal to|a maximum of|"
            "not exceeding|not above|not over|fewer than or equal to|no larger than|no older than")
    | _many("op", "=", "exactly|equal to|equals|equal|equaling|=|exact|precisely")
    | _many("op", "!=", "not equal to|other than|different from|besides|!=|<>|apart from|"
            "differs from")
    | _many("op", "after", "after|later than|past")
    | _many("op", "before", "before|prior to|earlier than|no later than")
    | _many("op", "since", "since|starting from|from after|as of")
    | _many("op", "until", "until|till|through")
    | _many("between", "", "between|in between|ranging from|in the range of|in the range")
    | _many("like", "contains", "contain|contains|containing|contained|include the word|"
            "has the substring|has substring|have substring|with substring|the substring|"
            "substring|includes|"
            "including the word|include|including|has the word|have the word|like|the word|"
            "the letter|the phrase|"
            "the string|the letters|matching|mention|mentions|mentioning|mentioned")
    | _many("like", "starts", "start with|starts with|starting with|begin with|begins with|"
            "beginning with|started with|start with the letter|starts with the letter|prefix|"
            "starting with the letter|beginning with the letter|begins with the letter|"
            "with the prefix|start with letter|that begin with the letter")
    | _many("like", "ends", "end with|ends with|ending with|ending in|end in|ends in|suffix|"
            "ends with the letter|ending with the letter|end with the letter")
    | _many("not", "", "not|no|n't|without|never|don't|doesn't|didn't|isn't|aren't|wasn't|weren't|"
            "hasn't|haven't|hadn't|won't|wouldn't|couldn't|neither|none of|cannot|can't|lack|lacks|"
            "lacking|nor|excluding|non|"
            "nobody|yet to")
    | _many("except", "", "but not|but none in|but none of|but none from|"
            "except|except for|except those|but no|but do not|but does not|"
            "but did not|but don't|but have not|but has not|but are not|and not|but never|"
            "other than those")
    | _many("and", "", "and|as well as|along with|together with|and also|also|plus|but|and the|"
            "in addition to|but also|additionally")
    | _many("or", "", "or|or else")
    | _many("both", "", "both|and also|either of both")
    | _many("stop", "", "either|the|a|an|me|us|you|there|their|its|his|her|it|they|them|these|"
            "those|"
            "this|each other|own|our|my|your|any of|some|certain|corresponding|associated|"
            "respective|respectively|given|currently|current|ever|only|just|actually|exist|so|"
            "existing|kind of|sort of|various|that is to say|in our records|in the database|"
            "available|"
            "anything|something|anyone|somebody|in the table|recorded|we|i|do we|together|"
            "possible|particular|specific|whole|yet|already|still|so far|"
            "entire|multiple|"
            "each time|every time|belong|belonging|located|situated|called|named|titled|"
            "considered|registered|exists|overall|used|"
            "value|values|according|as|related|relevant|regarding|then|among|amongst|been|being|now|such|too")
    | _many("each", "", "for each|per|by each|in each|of each|for every|in every|grouped by|"
            "group by|each|every|across|broken down by|split by|for different|"
            "for all the different|for all different|"
            "for all different|of every|from each|at each|on each|under each|to each|with each|"
            "for each of the|from every|for each of|of all the different|breakdown by|by every|"
            "within each|of different|for each different|for each distinct")
    | _many("order", "", "sorted by|ordered by|order by|sort by|rank|ordered|sorted|in order of|"
            "arranged by|"
            "ranked by|rank by|sort|order them by|sort them by|order the results by|"
            "sort the list by|"
            "in the order of|ordering by|sorting by|sorted in|listed in|sorted according to|"
            "ranked|sort the result by|"
            "order the result by|sort the results by|sorted based on|order of|arrange by|"
            "from most to least|listed by")
    | _many("dir", "asc", "ascending|ascending order|in ascending order|in ascending order of|"
            "increasing|in increasing order|increasing order of|alphabetical|alphabetically|"
            "alphabetical order|in alphabetical order|lexicographical|lexicographically|"
            "lexicographic order|lowest first|asc|ascending order of|in increasing order of|"
            "in alphabetical order of|in lexicographical order|low to high|from low to high|"
            "from lowest to highest|"
            "alphabetic order|in ascending|smallest to largest|least to most|"
            "in lexicographic order|alphabetical order of|"
            "in ascending alphabetical order|ascending alphabetical order|"
            "ascending lexicographical order")
    | _many("dir", "desc", "descending|descending order|in descending order|in descending order of|"
            "decreasing|in decreasing order|decreasing order of|reverse alphabetical order|"
            "highest first|desc|in reverse alphabetical order|descending order of|"
            "in decreasing order of|high to low|from high to low|from highest to lowest|"
            "reverse order|"
            "in reverse order of|in descending|largest to smallest|most to least|"
            "reverse lexicographical order|in descending alphabetical order|from most to least")
    | _many("distinct", "", "distinct|different|unique|uniquely|differing|all distinct|"
            "all different|the different|all the different|list of distinct")
    | _many("all", "", "all|all the|all of the|any|complete list of|the full list of|list of")
    | _many("rel", "", "that|who|whose|where|with|having|which|whom|in which|for which|"
            "from which|when|to which|on which|by which|at which|of which|with which|"
            "under which|while|that have|given that|such that|if")
    | _many("be", "", "is|are|was|were|be|being|been")
    | _many("have", "", "have|has|had")
    | _many("do", "", "do|does|did|done|can|could|will|would")
    | _many("prep", "of", "of|'s|for|about|belonging to|on")
    | _many("prep", "in", "in|at|inside|within|during|into|around|near")
    | _many("prep", "from", "from|out of")
    | _many("prep", "to", "to|towards|into")
    | _many("prep", "by", "by|according to|based on|with respect to|in terms of")
    | _many("which", "", "which|what|who|which of|what kind of|what kinds of|which kind of|"
            "what sort of|which kinds of|which ones|which one")
    | _many("how", "", "how old", "age")
    | _many("how", "", "how long", "length")
    | _many("how", "", "how tall|how high", "height")
    | _many("how", "", "how heavy", "weight")
    | _many("how", "", "how big|how large", "size")
    | _many("how", "", "how fast", "speed")
    | _many("how", "", "how expensive", "price")
    | _many("when", "", "when|what date|on what date")
    | _many("where", "", "where")
    | _many("top", "", "top|first")
    | _many("top", "asc", "bottom")
    | _many("null", "", "null|missing|empty|unknown|blank|unspecified|undefined|not available|"
            "not specified|not given|not known|n/a")
    | _many("growth", "", "growth|growth of|growth in|change in|increase in|growth rate of|"
            "growth rate|"
            "change|percent change in|percent change of|percentage change in|percentage change of|"
            "percent change|percentage change|change in percent|rate of change|how much change|"
            "by how much|by how many percent|by what percentage|grow|grew|"
            "increase|increased|decrease|decreased|"
            "compared to the previous|"
            "compared with the previous|trend growth")
    | _many("running", "", "running total|running total of|cumulative|cumulative sum of|"
            "cumulative total of|"
            "running sum of|cumulated|accumulated|running")
    | _many("chart", "any", "plot|chart|graph|visualize|visualise|draw|plot it|chart it|plot them|"
            "plot that|draw a chart|make a chart|as a chart|plot this|show a chart|in a chart|"
            "visualize it|with a chart|show chart|and plot")
    | _many("chart", "bar", "bar chart|as a bar chart|as bars|bar graph|as bar chart|as a bar|bars")
    | _many("chart", "line", "line chart|as a line chart|line graph|as a line|trend|trend of|"
            "over time|as line")
    | _many("chart", "pie", "pie chart|as a pie chart|as a pie|pie|donut|as pie")
    | _many("chart", "scatter", "scatter plot|scatterplot|as a scatter plot|scatter|scatter chart")
    | _many("chart", "area", "area chart|as an area chart|as area")
    | _many("chart", "histogram", "histogram|as a histogram|histogram of")
    | _many("chart", "pivot", "pivot|as a pivot|pivot table|as a pivot table|cross tab|crosstab|"
            "as a crosstab|as a cross tab|cross - tab|as a cross - tab|cross table|as a matrix|"
            "as a cross table|pivoted|cross tabulation|cross tabulate")
    | _many("chart", "table", "as a table|as table")
    | _many("than", "", "than|that of")
    | _many("any", "", "at all|whatsoever|at any|at least some")
    | _many("same", "", "same|the same")
)  # fmt: skip
"""Phrases, in the words they are written with, and what they mean."""

GENERIC = frozenset(
    "name id code number type date text description detail title form label key value data info no "
    "ref list table tbl dim fact year time at on kg ms mm cm km mw kw usd eur gbp pct "
    "sec second minute hour min amount flag flg yn ind indicator".split()
)
"""Words of names that say what sort of column it is, not which."""

TABLE_NOISE = frozenset(
    "data info ref tbl table list dim fact record detail master header all".split()
)

PLACES = MappingProxyType(
    {
        "american": "united states", "british": "united kingdom", "french": "france",
        "dutch": "netherlands", "german": "germany", "spanish": "spain", "italian": "italy",
        "greek": "greece", "swiss": "switzerland", "polish": "poland", "chinese": "china",
        "japanese": "japan", "english": "england", "danish": "denmark", "swedish": "sweden",
        "finnish": "finland", "norwegian": "norway", "irish": "ireland", "turkish": "turkey",
        "portuguese": "portugal", "welsh": "wales", "scottish": "scotland", "thai": "thailand",
        "peruvian": "peru", "czech": "czech republic", "us": "united states",
        "uk": "united kingdom",
        "usa": "united states", "america": "united states", "britain": "united kingdom",
        "filipino": "philippines", "belgian": "belgium", "hungarian": "hungary",
        "european": "europe", "russian": "russia",
    }
)  # fmt: skip
"""Peoples and countries whose names differ by more than an ending."""

ORIGIN = frozenset(
    "source src origin orig depart departure dep from sender start begin home".split()
)
GOAL = frozenset("dest destination arrive arrival arr to target receiver end away".split())
LEAVING = frozenset("depart departure leave left from originate outgoing source origin".split())
REACHING = frozenset("arrive arrival to land incoming into destination reach go dest".split())
ROLES = frozenset(
    "manager supervisor boss parent leader lead mentor superior head chief refer report "
    "predecessor successor previous next spouse partner sponsor recruiter introduce invite".split()
)
"""What a row may be to another of the same table."""

BIRTH = frozenset({"birth", "birthday", "birthdate", "bear", "dob", "born"})

PEOPLE = frozenset(
    "person people patient customer client member employee worker staff student pupil teacher user "
    "buyer guest visitor author physician doctor nurse player driver agent contact subscriber "
    "tenant passenger participant candidate applicant citizen resident volunteer donor".split()
)
"""What people are called where a table holds them."""

NAMING = ("name", "title", "label", "fullname", "caption", "subject")
MEASURING = frozenset(
    "amount total price cost revenue value quantity salary population weight height score rating "
    "number count age size length duration percentage rate speed area capacity".split()
)
AVERAGED = frozenset(
    "rate rating score percent percentage price age temperature ratio speed level grade length "
    "height width latency humidity pressure mark share density bmi gpa average avg mean".split()
)
"""What makes no sense added up."""

OPPOSED = (
    ("price", "cheap", "expensive"), ("age", "young", "old"), ("size", "small", "large"),
    ("size", "small", "big"), ("length", "short", "long"), ("weight", "light", "heavy"),
    ("speed", "slow", "fast"), ("quality", "bad", "good"), ("height", "short", "tall"),
    ("time", "old", "new"), ("wealth", "poor", "rich"),
)  # fmt: skip
"""What two adjectives measure, the one for little and the one for much of it."""

SORTS = frozenset({"type", "kind", "category", "class", "status"})
"""What a column is called that says of which sort each row is."""

LIGHT = frozenset(
    "make do use take come go get give see saw work live stay run lead buy pay sell belong happen "
    "occur exist travel last need like want own play join visit order cost earn spend hold look "
    "keep put bring begin start end leave return deliver write read send receive offer reach treat "
    "serve follow please here there today now out up off away well also ever else way thing one "
    "entry ones much many often more less compare compared versus vs each other percent let us "
    "instead too pick drop base include involve locate assign".split()
)
"""Words that say little of what is meant: nobody misses them."""
SURROUNDINGS = frozenset(
    "place part collection fleet range catalogue catalog inventory system database dataset".split()
)
"""Words for all there is, as in `cars in our fleet`: what they are said of is not less by them."""
WOMEN = frozenset({"female", "woman", "girl", "lady"})
MEN = frozenset({"male", "man", "boy", "gentleman"})
TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})
FALSE = frozenset({"0", "f", "false", "n", "no", "off"})
CUES_IN_NAMES = frozenset({"is", "of", "in", "to", "by", "at", "on", "be", "has", "the", "and"})
"""Small words inside names, which nobody needs to say."""
FN_WORDS = MappingProxyType(
    {"avg": "average", "sum": "total", "min": "lowest", "max": "highest", "median": "median",
     "count": "number"}
)  # fmt: skip
"""What an aggregate is called in a sentence."""

OPPOSITES = ("un", "in", "non", "dis")
"""What turns a word into its opposite: an unresolved error is not resolved."""
