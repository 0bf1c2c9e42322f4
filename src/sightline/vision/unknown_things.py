"""Everyday things that ImageNet has no class for, by what its classifiers take them for.

A classifier shown a fork says "spatula": it knows no fork, and both are utensils. Shown a red apple
it says "edible fruit", for the only apple it knows is green. Whoever else says "fork" of that
picture, a language model that sees, means what the classifier calls a spatula.
"""

_UTENSILS = "fork, spoon, tongs, whisk, chopsticks, peeler, grater, table knife, kitchen knife"
_TOOLS = "scissors, pliers, wrench, spanner, saw, shears, chisel, tweezers, pocket knife, file"
_APPLIANCES = "kettle, blender, mixer, food processor, coffee machine"

_ALIKE = {
    "turner": _UTENSILS,
    "ladle": _UTENSILS,
    "wooden spoon": _UTENSILS,
    "hand tool": _TOOLS,
    "edge tool": _TOOLS,
    "bag": "handbag, suitcase, tote bag, shoulder bag, duffel bag, briefcase, luggage",
    "kitchen appliance": _APPLIANCES,
}
"""Kinds so alike that each class of them may be something else."""

_UNSURE = {
    "cooking utensil": _UTENSILS,
    "kitchen utensil": _UTENSILS,
    "utensil": _UTENSILS,
    "tool": _TOOLS,
    "home appliance": _APPLIANCES,
    "fruit": "apple, pear, peach, plum, cherry, mango, kiwi, melon, watermelon, grape, nectarine, "
    "papaya, passion fruit, avocado, lime, grapefruit, mandarin, satsuma, tomato, blueberry",
    "vegetable": "carrot, tomato, onion, potato, aubergine, eggplant, leek, garlic, ginger, "
    "asparagus, beet, radish, pea, bean, pumpkin, watermelon, melon, avocado, lettuce, spinach",
    "food": "cake, donut, doughnut, bread, cookie, biscuit, salad, sandwich, cheese, pie, meat, "
    "sushi, rice, noodle, egg, pasta",
    "ungulate": "cow, goat, deer, giraffe, donkey, mule, foal, calf, lamb",
    "clothing": "dress, shirt, t-shirt, blouse, trousers, pants, shorts, jacket, hoodie, scarf",
    "footwear": "slipper, sneaker, trainer, high heel, flip-flop, boot",
    "headdress": "cap, beanie, baseball cap, turban, hat",
    "furniture": "stool, bench, shelf, cupboard, drawer, sideboard, sofa, armchair",
    "electronic equipment": "smartphone, tablet, game console, speaker, headphones",
    "weapon": "sword, dagger, spear, crossbow",
    "musical instrument": "clarinet, trumpet, tuba, ukulele, mandolin, keyboard",
    "timepiece": "alarm clock, wristwatch",
}
"""Kinds that stand for these only where no class of theirs was probable enough."""

_UNSURE["edible fruit"] = _UNSURE["fruit"]
_UNSURE["food"] += ", " + _UNSURE["fruit"] + ", " + _UNSURE["vegetable"]
_UNSURE["garment"] = _UNSURE["clothing"]


def taken_for(label: str, broader: tuple[str, ...]) -> tuple[str, ...]:
    """The things without a class of their own that a region of this name may show."""
    names = [_ALIKE[kind] for kind in (label, *broader) if kind in _ALIKE]
    names += [_UNSURE[label]] if label in _UNSURE else []
    return tuple(dict.fromkeys(thing for each in names for thing in each.split(", ")))
