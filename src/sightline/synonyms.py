"""Everyday names of things: plurals, other words for the same, and what is a kind of what."""

from functools import lru_cache

from sightline.english_words import vocabulary

_IRREGULAR = {
    "people": "person",
    "persons": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "teeth": "tooth",
    "mice": "mouse",
    "lice": "louse",
    "oxen": "ox",
    "dice": "die",
    "knives": "knife",
    "wives": "wife",
    "lives": "life",
    "leaves": "leaf",
    "loaves": "loaf",
    "halves": "half",
    "shelves": "shelf",
    "wolves": "wolf",
    "calves": "calf",
    "hooves": "hoof",
    "scarves": "scarf",
    "thieves": "thief",
    "elves": "elf",
    "cacti": "cactus",
    "fungi": "fungus",
    "octopi": "octopus",
    "hippopotami": "hippopotamus",
    "shoes": "shoe",
    "canoes": "canoe",
    "toes": "toe",
    "axes": "axe",
    "buses": "bus",
    "lenses": "lens",
    "gases": "gas",
    "irises": "iris",
    "walruses": "walrus",
    "octopuses": "octopus",
    "cactuses": "cactus",
    "viruses": "virus",
    "cookies": "cookie",
    "movies": "movie",
    "brownies": "brownie",
    "hoodies": "hoodie",
    "pies": "pie",
    "ties": "tie",
    "birdies": "birdie",
    "collies": "collie",
    "huskies": "husky",
    "zombies": "zombie",
    "headaches": "headache",
    "quizzes": "quiz",
}

_SAME = (
    ("couch", "sofa", "settee"),
    ("tv", "television", "television set", "tv set", "tvmonitor", "tv monitor", "telly"),
    (
        *("cell phone", "cellphone", "mobile phone", "mobile", "mobile telephone", "smartphone"),
        *("smart phone", "cellular telephone", "cellular phone", "iphone"),
    ),
    ("phone", "telephone"),
    ("car", "automobile", "motorcar", "auto"),
    ("bicycle", "bike", "pushbike", "push bike"),
    ("motorcycle", "motorbike", "motor bike", "motor cycle"),
    ("handbag", "purse", "hand bag", "pocketbook"),
    ("trash can", "garbage can", "bin", "ashcan", "dustbin", "waste bin", "rubbish bin"),
    ("car hood", "car bonnet", "engine hood", "engine bonnet"),
    ("airplane", "aeroplane", "plane", "jet plane"),
    ("refrigerator", "fridge", "icebox"),
    ("eyeglasses", "glasses", "spectacles", "eye glasses", "reading glasses"),
    ("truck", "lorry"),
    ("streetcar", "tram", "trolley car"),
    ("taxi", "taxicab", "cab"),
    ("donut", "doughnut"),
    ("hot dog", "hotdog"),
    ("cup", "mug"),
    ("hair dryer", "hair drier", "blow dryer", "hairdryer", "hairdrier"),
    ("remote", "remote control", "remote controller"),
    ("suitcase", "luggage", "valise"),
    ("backpack", "rucksack", "knapsack", "back pack"),
    ("cow", "cattle"),
    ("kitten", "kitty"),
    ("puppy", "pup"),
    ("bunny", "rabbit"),
    ("hen", "chicken"),
    ("cock", "rooster"),
    ("kid", "child"),
    ("guy", "man"),
    ("gentleman", "man"),
    ("lady", "woman"),
    ("person", "human", "human being"),
    ("baby", "infant"),
    ("pants", "trousers"),
    ("sneaker", "trainer", "tennis shoe"),
    ("sweater", "jumper"),
    ("t-shirt", "tee", "tee shirt"),
    ("traffic light", "traffic signal", "stoplight", "stop light"),
    ("fire hydrant", "hydrant"),
    ("potted plant", "houseplant", "house plant", "pot plant"),
    ("teddy bear", "teddy", "stuffed bear"),
    ("sink", "washbasin", "wash basin"),
    ("faucet", "tap"),
    ("stove", "cooker", "kitchen range"),
    ("laptop", "laptop computer", "notebook computer"),
    ("computer mouse", "mouse"),
    ("keyboard", "computer keyboard"),
    ("picture frame", "photo frame"),
    ("rug", "carpet"),
    ("aubergine", "eggplant"),
    ("zucchini", "courgette"),
    ("dining table", "dinner table", "kitchen table"),
    ("sailboat", "sailing boat"),
    ("number plate", "license plate", "licence plate"),
    ("tyre", "tire"),
    ("sidewalk", "pavement"),
    ("ax", "axe"),
    ("pyjamas", "pajamas"),
)

_SAID_OF = {
    "person": """man woman child boy girl kid guy lady gentleman baby toddler teenager adult player
        skier snowboarder surfer skateboarder rider cyclist biker driver pedestrian worker chef cook
        waiter waitress tourist athlete batter catcher umpire pitcher spectator crowd couple""",
    "tv": "monitor",
    "cup": "teacup",
}

_KINDS = {
    "animal": """bird cat dog horse sheep cow elephant bear zebra giraffe rabbit goat pig duck
        chicken fish monkey lion tiger fox wolf deer""",
    "pet": "cat dog",
    "vehicle": "car truck bus train motorcycle bicycle airplane boat van taxi streetcar tractor",
    "aircraft": "airplane helicopter",
    "furniture": "chair couch bed table desk bench dining_table bookcase wardrobe cabinet",
    "fruit": "apple banana orange lemon strawberry pineapple pear grape mango peach kiwi",
    "vegetable": "broccoli carrot cucumber cabbage potato",
    "food": """apple banana orange sandwich broccoli carrot hot_dog pizza donut cake bread fruit
        vegetable""",
    "cutlery": "fork knife spoon",
    "utensil": "fork knife spoon",
    "appliance": "refrigerator oven microwave toaster dishwasher stove",
    "bag": "handbag backpack suitcase",
    "plant": "potted_plant tree flower",
    "flower": "rose tulip daisy sunflower",
    "tree": "palm oak",
    "phone": "cell_phone",
    "computer": "laptop",
    "toy": "teddy_bear",
    "ball": "sports_ball baseball basketball football",
    "clothing": "shirt jacket coat dress skirt pants tie hat",
    "person": "man woman child boy girl baby kid",
    "child": "boy girl baby",
    "adult": "man woman",
    "dog": "puppy",
    "cat": "kitten",
    "bird": "duck chicken parrot eagle owl pigeon seagull",
    "glass": "wine_glass",
}

TOO_GENERAL = frozenset(
    name.replace("_", " ")
    for name in vocabulary(
        """
        entity object physical_object artifact artefact thing whole unit matter substance
        instrumentality instrumentation structure device equipment system article item material
        work shape design decoration group part location way implement conveyance product
        creation commodity covering act abstraction organism being cause relation peer associate
        participant contestant lever bar machine gear kit drug medicine round_shape fare
        concoction ingredient feed design adornment disguise electrical_device electronic_device
        electronic_equipment building_complex worker tissue natural_depression
        horizontal_surface communication_system rotating_mechanism living_thing
        """
    )
)
"""Names of nearly everything, as catalogues give them; they tie nothing."""

AMBIGUOUS = vocabulary(
    """
    ai bar bars beam blind board bob bolo brace bullet carrier cell claw closet comfort cutter dip
    display drop dressing essence feed fare file gear geta grand groin hack head jack key killer
    landing light litter mail mini mole monitor ounce painter platform pointer post press
    printer puff punch racer rail rig ridge ride rocker runner scope seed semi setter shade shades
    site slot spike spot spring staff sub taper terrace tope trump turner web weight winder work
    """
)
"""Second names of things that mostly mean something else; only a label itself is so called."""

OPAQUE = (
    *("hot dog", "prairie dog", "teddy bear", "sea lion", "guinea pig", "sea horse", "ice cream"),
    *("rocking horse", "apple pie", "horse chestnut", "sea cow", "koala bear", "woolly bear"),
    *("grizzly man", "snow man", "gingerbread man", "traffic light", "fire fly", "dragon fly"),
    *("butter fly", "jelly fish", "star fish", "crab apple", "custard apple", "pine apple"),
    *("sweet potato", "egg plant", "gummy bear", "toy dog", "band aid", "water melon"),
    *("head light", "flash light", "spot light", "sun light", "day light", "flag pole"),
    *("saw horse", "house fly", "cat fish", "gold fish", "sea urchin", "tea pot", "bee eater"),
    *("pool table", "water table", "time table", "bow tie", "light house", "green house"),
    *("bird house", "dog house", "boat house", "power plant", "steel drum", "oil drum"),
    *("computer mouse", "bell pepper", "fly swatter", "black board", "key board", "sea cucumber"),
)
"""Names whose last word is not what they are: a hot dog is no dog."""


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """The singular of an English noun in small letters; what looks like one stays as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= len("bus") or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return word[:-2]
    return word[:-1]


def key(name: str) -> str:
    """How a name is compared: its words in the singular, run together ("hot dogs", "hotdog")."""
    return "".join(singular(word) for word in name.casefold().replace("-", " ").split())


def same_as(name_key: str) -> frozenset[str]:
    """Keys of other words for the same thing, and of words that are said of it."""
    return _OTHERS.get(name_key, frozenset())


def kinds_of(name_key: str) -> frozenset[str]:
    """Keys of what the thing is a kind of."""
    return _ABOVE.get(name_key, frozenset())


def _others() -> dict[str, frozenset[str]]:
    others: dict[str, set[str]] = {}
    for group in _SAME:
        keys = {key(name) for name in group} | {name for name in group if name == "glasses"}
        for name in keys:
            others.setdefault(name, set()).update(keys)
    for name, said in _SAID_OF.items():
        others.setdefault(key(name), set()).update(key(word) for word in said.split())
    return {name: frozenset(keys) for name, keys in others.items()}


def _above() -> dict[str, frozenset[str]]:
    above: dict[str, set[str]] = {}
    for kind, members in _KINDS.items():
        for member in members.split():
            name = key(member.replace("_", " "))
            for alias in {name, *_OTHERS.get(name, ())} - {"person"}:
                above.setdefault(alias, set()).update({key(kind), *_group(key(kind))})
    return {name: frozenset(keys) for name, keys in above.items()}


def _group(name_key: str) -> frozenset[str]:
    return frozenset(
        other for group in _SAME if name_key in (keys := {*map(key, group)}) for other in keys
    )


_OTHERS = _others()
_ABOVE = _above()
