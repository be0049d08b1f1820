"""The words the sample data is put together from."""

from typing import NamedTuple


class Region(NamedTuple):
    """A part of a country the shop delivers to, with its share of the customers."""

    name: str
    country: str
    share: float
    cities: tuple[str, ...]


class Shelf(NamedTuple):
    """A category of products without categories below it, and how its products sell."""

    name: str
    nouns: tuple[str, ...]
    price_from: float
    price_to: float
    season: str = "steady"
    trend: float = 1.0  # growth a year, beside that of the shop
    returned: float = 0.03


REGIONS = (
    Region("Bavaria", "Germany", 0.13, ("Munich", "Nuremberg", "Augsburg")),
    Region("Berlin", "Germany", 0.12, ("Berlin",)),
    Region("Hamburg", "Germany", 0.08, ("Hamburg",)),
    Region("Ile-de-France", "France", 0.13, ("Paris", "Versailles")),
    Region("Provence", "France", 0.07, ("Marseille", "Nice", "Avignon")),
    Region("Catalonia", "Spain", 0.09, ("Barcelona", "Girona", "Tarragona")),
    Region("Madrid", "Spain", 0.07, ("Madrid",)),
    Region("Lombardy", "Italy", 0.09, ("Milan", "Bergamo", "Como")),
    Region("Lazio", "Italy", 0.05, ("Rome",)),
    Region("North Holland", "Netherlands", 0.08, ("Amsterdam", "Haarlem")),
    Region("Vienna", "Austria", 0.05, ("Vienna",)),
    Region("Mazovia", "Poland", 0.04, ("Warsaw", "Radom")),
)

# How much each month wants of a kind of thing, January to December.
SEASONS = {
    "steady": (1.0,) * 12,
    "summer": (0.4, 0.5, 0.8, 1.3, 1.8, 2.0, 1.8, 1.3, 0.8, 0.5, 0.4, 0.4),
    "spring": (0.4, 0.7, 1.7, 2.1, 1.8, 1.2, 0.9, 0.7, 0.8, 0.7, 0.4, 0.4),
    "winter": (1.8, 1.5, 0.8, 0.4, 0.2, 0.2, 0.2, 0.3, 0.8, 1.3, 1.8, 2.2),
    "gifts": (0.7, 0.8, 0.8, 0.9, 0.9, 0.8, 0.8, 0.8, 0.9, 1.0, 1.6, 2.2),
    "school": (0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 1.1, 1.8, 1.7, 0.9, 0.8, 0.9),
}

SHELVES: dict[str, tuple[Shelf, ...]] = {
    "Home and Kitchen": (
        Shelf("Cookware", ("Saucepan", "Frying Pan", "Casserole", "Wok", "Stockpot"), 18, 140),
        Shelf("Tableware", ("Dinner Plate", "Soup Bowl", "Mug", "Carafe", "Tray"), 6, 60),
        Shelf(
            "Small Appliances",
            ("Kettle", "Toaster", "Blender", "Coffee Grinder", "Hand Mixer"),
            24,
            190,
            trend=1.04,
        ),
        Shelf("Bedding", ("Duvet", "Pillow", "Blanket", "Sheet Set", "Throw"), 19, 160, "winter"),
    ),
    "Clothing": (
        Shelf(
            "Jackets",
            ("Rain Jacket", "Parka", "Fleece", "Windbreaker", "Vest"),
            49,
            260,
            "winter",
            returned=0.13,
        ),
        Shelf(
            "Shirts",
            ("T-Shirt", "Polo", "Flannel Shirt", "Blouse", "Henley"),
            14,
            75,
            returned=0.11,
        ),
        Shelf(
            "Shoes",
            ("Sneaker", "Hiking Boot", "Loafer", "Sandal", "Trail Shoe"),
            39,
            190,
            returned=0.16,
        ),
        Shelf("Accessories", ("Scarf", "Cap", "Belt", "Gloves", "Tote Bag"), 9, 65, returned=0.05),
    ),
    "Electronics": (
        Shelf(
            "Headphones",
            ("Earbuds", "Headset", "Studio Headphones", "Neckband", "Sport Earphones"),
            19,
            290,
            "gifts",
            1.12,
            0.05,
        ),
        Shelf(
            "Tablets",
            ("Tablet", "E-Reader", "Drawing Pad", "Kids Tablet", "Note Tablet"),
            29,
            620,
            "gifts",
            1.06,
            0.05,
        ),
        Shelf(
            "Cameras",
            ("Compact Camera", "Action Camera", "Instant Camera", "Webcam", "Tripod"),
            25,
            540,
            "gifts",
            0.88,
            0.05,
        ),
        Shelf(
            "Chargers and Cables",
            ("Wall Charger", "Power Bank", "USB-C Cable", "Charging Dock", "Adapter"),
            7,
            70,
            trend=1.08,
        ),
    ),
    "Sports and Outdoors": (
        Shelf(
            "Cycling",
            ("Helmet", "Bike Light", "Pannier", "Pump", "Jersey"),
            15,
            150,
            "summer",
            1.1,
            0.04,
        ),
        Shelf(
            "Camping",
            ("Tent", "Sleeping Bag", "Camp Stove", "Lantern", "Sleeping Mat"),
            19,
            320,
            "summer",
        ),
        Shelf(
            "Fitness",
            ("Yoga Mat", "Kettlebell", "Resistance Band", "Balance Board", "Foam Roller"),
            8,
            95,
            trend=1.03,
        ),
        Shelf(
            "Winter Sports",
            ("Ski Goggles", "Sledge", "Ski Gloves", "Snow Shoes", "Ski Helmet"),
            12,
            180,
            "winter",
            0.94,
        ),
    ),
    "Books and Stationery": (
        Shelf(
            "Cookbooks",
            ("Bread Book", "Pasta Book", "Vegetable Book", "Soup Book", "Dessert Book"),
            14,
            42,
            "gifts",
            0.95,
            0.01,
        ),
        Shelf(
            "Travel Guides",
            ("City Guide", "Hiking Guide", "Phrase Book", "Road Atlas", "Island Guide"),
            9,
            30,
            "summer",
            0.9,
            0.01,
        ),
        Shelf(
            "Notebooks",
            ("Notebook", "Sketchbook", "Planner", "Journal", "Album"),
            4,
            28,
            "school",
            0.98,
            0.01,
        ),
        Shelf(
            "Pens",
            ("Fountain Pen", "Gel Pen Set", "Pencil Set", "Marker Set", "Calligraphy Set"),
            3,
            85,
            "school",
            returned=0.01,
        ),
    ),
    "Garden": (
        Shelf(
            "Garden Tools",
            ("Pruning Shears", "Spade", "Watering Can", "Rake", "Garden Hose"),
            9,
            80,
            "spring",
        ),
        Shelf(
            "Plants and Seeds",
            ("Herb Seeds", "Tomato Seeds", "Lavender", "Flower Bulbs", "Fern"),
            2,
            35,
            "spring",
            1.05,
            0.01,
        ),
        Shelf(
            "Garden Furniture",
            ("Garden Chair", "Bench", "Hammock", "Parasol", "Bistro Table"),
            39,
            420,
            "summer",
        ),
        Shelf("Grills", ("Charcoal Grill", "Gas Grill", "Smoker", "Pizza Oven"), 12, 480, "summer"),
    ),
    "Toys and Games": (
        Shelf(
            "Board Games",
            ("Strategy Game", "Card Game", "Quiz Game", "Dice Game", "Family Game"),
            9,
            65,
            "gifts",
            1.07,
            0.02,
        ),
        Shelf(
            "Building Sets",
            ("Castle Set", "Train Set", "Marble Run", "Robot Kit", "Farm Set"),
            15,
            190,
            "gifts",
            1.02,
            0.02,
        ),
        Shelf(
            "Puzzles",
            ("Jigsaw Puzzle", "Wooden Puzzle", "Logic Puzzle", "Floor Puzzle"),
            7,
            48,
            "gifts",
            0.97,
            0.02,
        ),
        Shelf(
            "Outdoor Toys",
            ("Kite", "Sandbox Set", "Scooter", "Football", "Frisbee"),
            6,
            120,
            "summer",
        ),
    ),
}

BRANDS = (
    "Northlight",
    "Fernway",
    "Oakline",
    "Brightwell",
    "Tidewater",
    "Kestrel",
    "Larkspur",
    "Granite Bay",
    "Bluepine",
    "Sandhill",
    "Ember and Ash",
    "Juniper",
)

SERIES = (
    "Classic",
    "Compact",
    "Everyday",
    "Premium",
    "Light",
    "Nordic",
    "Urban",
    "Heritage",
    "Pro",
    "Studio",
    "Trail",
    "Coast",
)

FIRST_NAMES = (
    "Anna Ben Clara David Elena Felix Greta Hugo Ines Jan Klara Leo Maria Noah Olivia Paul Rosa "
    "Simon Tara Viktor Alba Bruno Chiara Diego Emma Fabio Giulia Hanna Ivan Julia Karl Laura Marco "
    "Nina Oscar Pia Rafael Sofia Tomas Ursula Adam Bianca Carlos Dora Erik Flora Gustav Helena "
    "Igor Jana Kasper Lucia Mateo Nora Otto Paula Robert Sara Theo Vera"
).split()

LAST_NAMES = (
    "Adler Bauer Costa Dubois Engel Fischer Garcia Hoffmann Ivanova Jansen Keller Lopez Martin "
    "Nowak Oliveira Petit Ricci Sanchez Thomas Ulrich Vidal Weber Zimmer Almeida Becker Colombo "
    "Durand Esposito Fontana Gruber Huber Jimenez Kowalski Laurent Moreau Navarro Olsen Pereira "
    "Romano Schmidt Torres Vogel Wagner Aubert Bianchi Castro Dijkstra Ferrari Gomez Haas Kaminski "
    "Lefevre Marino Novak Ortega Puig Rossi Serra Visser Wolf"
).split()

# By rating: what a review is called, and what it may go on to say.
PRAISE: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    5: (
        ("Excellent", "Better than expected", "Would buy again", "Very happy"),
        (
            "Works exactly as described and feels solid.",
            "Arrived early and well packed.",
            "A gift that was loved at once.",
            "Great value, already ordered a second one.",
        ),
    ),
    4: (
        ("Good", "Solid choice", "Nearly perfect", "Happy with it"),
        (
            "Good quality, the colour is a little different from the picture.",
            "Does what it should. The manual could be clearer.",
            "Nice to use, a bit heavier than I thought.",
        ),
    ),
    3: (
        ("It is fine", "Average", "Does the job", "Mixed feelings"),
        (
            "Neither good nor bad for the price.",
            "Fine so far, though delivery took a while.",
            "Expected a little more from this brand.",
        ),
    ),
    2: (
        ("Disappointing", "Not as described", "Expected more"),
        (
            "Smaller than the picture suggests.",
            "Delivery was late and nobody answered my message.",
            "Feels cheaper than it is.",
        ),
    ),
    1: (
        ("Broken on arrival", "Do not buy", "Sent it back"),
        (
            "Stopped working after a week.",
            "Came damaged, and the box had been opened.",
            "Arrived two weeks late and does not fit.",
        ),
    ),
}
