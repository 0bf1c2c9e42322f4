"""Closed classes of English words, by which a sentence falls into its noun phrases."""


def vocabulary(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


DETERMINERS = vocabulary(
    """
    a an the this that these those some any each every another other both all several many few more
    most his her its their my your our one two three four five six seven eight nine ten eleven
    twelve dozen various multiple numerous no
    """
)

COUNTING_ONE = vocabulary("a an one another each every this")

FUNCTION_WORDS = vocabulary(
    """
    i you he she it we they me him us them myself itself himself herself themselves who whom whose
    which what where when why how and or but nor so yet if then than because while whereas although
    though since until unless as like at by for from in into of off on onto out over to toward
    towards under underneath up upon with within without about above across after against along
    alongside amid among amongst around before behind below beneath beside besides between beyond
    down during except inside near next opposite outside past per through throughout via not never
    none neither either only also too very quite rather just even still already again here there
    now always often sometimes perhaps maybe possibly probably likely much enough such same full
    together apart away back forward upright alone asleep awake ahead else instead nearby indoors
    outdoors yes okay etc eg ie vs something anything nothing everything someone anyone everyone
    nobody anybody somebody everybody ones there's is isn are aren was wasn were weren be been being
    am do don does doesn did didn done doing have haven has hasn had hadn having can cannot could
    couldn will won would wouldn shall should shouldn may might must ve re ll s t d m
    that's
    """
)

PREPOSITIONS = vocabulary(
    """
    at by for from in into of off on onto out over to toward towards under underneath up upon with
    within about above across after against along alongside amid among around before behind below
    beneath beside besides between beyond down during inside near next outside through throughout
    while because where when
    """
)

NEGATIONS = vocabulary(
    "no not never without neither nor isn aren wasn weren don doesn didn haven hasn hadn can couldn"
    " cannot won wouldn shouldn lack lacks lacking lacked absent unlike"
)

SEEN_WORDS = vocabulary(
    "visible present shown seen pictured depicted found there here included displayed in"
)

QUANTITIES = vocabulary(
    """
    pair pairs group groups bunch bunches couple slice slices piece pieces set sets number stack
    stacks pile piles row rows lot lots herd herds flock flocks kind type variety
    """
)

NOT_THINGS = vocabulary(
    """
    picture pictures image images photo photos photograph photographs pic pics snapshot screenshot
    scene view foreground background center centre left right side sides top bottom corner middle
    front rear edge end way kind type sort number amount example area part parts color colors colour
    colours size shape style day night time text question answer description detail details lot pair
    couple group variety rest sum first second third fourth fifth last appearance mood atmosphere
    distance position moment information order case reason fact hand-side impression setting name
    word words letter letters line lines level point one viewer camera's depicts
    """
)

COLOURS = vocabulary(
    """
    black white grey gray red green blue yellow purple pink brown beige tan gold golden silver navy
    turquoise teal maroon violet cream colorful colourful
    """
)

COLOUR_NAMES = vocabulary("orange peach olive lime rose salmon chestnut chocolate lemon")
"""Things that give a colour its name: "the jacket is orange" speaks of no fruit."""

SAID_OF_COLOURS = vocabulary(
    """
    is are was were be in painted coloured colored look looks appear appears seem seems bright dark
    light pale deep mostly turned vivid
    """
)

ADJECTIVES = COLOURS | vocabulary(
    """
    big small large little tiny huge tall short long wide narrow thin thick fat slim high low deep
    old young new modern ancient vintage antique fresh ripe raw cooked hot cold warm cool wet dry
    clean dirty empty open closed bright dark light pale deep vivid plain simple single double
    beautiful pretty cute lovely nice good bad fine great elegant fancy cheap happy sad calm
    quiet loud fast slow heavy soft hard smooth rough sharp blunt round square flat oval curved
    straight wild tame pet stray domestic local different similar certain main whole half broken
    adult male female plastic metal glass wooden leather steel stone brick concrete paper cotton
    woollen woolen rubber ceramic iron bronze golden real fake certain clear visible nearby upper
    lower first second third last next front rear left right sleeping sitting standing running
    walking smiling lying flying playing crouching grazing barking swimming moving cream orange
    """
)

ADJECTIVE_ENDINGS = ("ed", "ful", "ous", "ish", "less", "able", "ible", "y", "ic")

PEOPLE = vocabulary(
    "man woman person boy girl child people men women children guy lady kid player couple"
)

NOUNS_LIKE_VERBS = vocabulary(
    """
    building painting drawing clothing crossing ceiling railing awning wing ring king string swing
    spring earring wedding sibling thing morning evening fencing dressing stocking pudding dumpling
    duckling gosling lightning icing frosting bedding parking writing lettering lighting flooring
    sling sing bed shed sled seed weed reed feed need bobsled dogsled moped biped hundred bee tree
    family belly lily jelly trolley bully dolly holly butterfly fly dragonfly jersey monkey turkey
    jockey pulley alley valley chimney donkey kidney barley parsley supply reply red
    lady baby city sky body toy boy key tray day pastry cherry berry strawberry raspberry blueberry
    candy penny puppy kitty bunny pony teddy battery bakery library pottery jewelry honey money
    trophy galaxy academy party story diary dairy nursery pantry gallery grocery factory country
    lorry ferry navy army daisy ivy peony canary balcony table cable vegetable picnic fabric
    """
)

VERBS = vocabulary(
    """
    sit sat stand stood lie lay lain run ran walk hold held wear wore worn show shown see saw seen
    look appear seem feature contain include depict display say said read write wrote written
    ride rode ridden eat ate eaten drink drank play jump sleep slept rest lean hang hung carry keep
    kept bring brought take took taken give gave given make made put place pull push throw threw
    thrown catch caught kick reach touch grab pick wait move turn go went gone come came get got
    leave face point smile laugh talk speak spoke stare gaze sniff bark chase follow enjoy use cut
    chop slice cook serve prepare fill cover surround attach mount tie wrap lift pour rise rose grow
    grew grown become became begin began seat fly flew flown swim swam climb drive drove driven
    travel pass approach enter cross graze perch crouch kneel knelt squat float drift hover burn
    melt shine shone glow reflect cast hide hid hidden reveal suggest indicate mean belong remain
    stay exist consist call name label mark print want need like love feel felt think thought know
    knew describe identify recognise recognize notice spot visible watch wave wear lick chew bite
    bit bitten feed fed groom pet hug kiss cuddle nap doze yawn stretch extend hit swing swung
    balance skate surf ski add let help try start stop open close pose adorn decorate fold stack
    line arrange set separate dominate occupy overlook accompany
    """
)
_NOUNS_TOO = vocabulary(
    """
    stand ride drink play rest place cover slice cook mount tie seat fly drive pass cross name label
    mark print spot watch wave feed groom pet swing surf ski skate line set stack face point float
    show pick look saw rose stop hide cast cut lay
    """
)


def _verb_forms(verb: str) -> set[str]:
    stem = verb.removesuffix("e")
    third = f"{stem}ies"[: len(stem)].removesuffix("y") + "ies" if verb.endswith("y") else ""
    return {
        verb,
        f"{verb}s",
        f"{verb}es",
        f"{stem}ing",
        f"{stem}ed",
        f"{stem}{stem[-1]}ing",
        f"{stem}{stem[-1]}ed",
        *({third} if third else ()),
    }


_ALL_FORMS = frozenset(form for verb in VERBS for form in _verb_forms(verb))
_BEFORE_VERBS = (FUNCTION_WORDS - PREPOSITIONS - {"and", "or", "as", "like"}) | {"to"}

VERB_FORMS = (
    frozenset(form for verb in VERBS - _NOUNS_TOO for form in _verb_forms(verb))
    | {
        *(
            "show",
            "shows",
            "looks",
            "stands",
            "sits",
            "plays",
            "rides",
            "lays",
            "saw",
            "rests",
            "points",
        ),
        *(
            "faces",
            "covers",
            "hides",
            "places",
            "drives",
            "flies",
            "passes",
            "feeds",
            "cuts",
            "picks",
        ),
    }
    - NOUNS_LIKE_VERBS
)


def is_participle(word: str) -> bool:
    """Whether the word may be a verb's -ing or -ed form ("sitting", "parked")."""
    return (
        len(word) > len("being") and word.endswith(("ing", "ed")) and word not in NOUNS_LIKE_VERBS
    )


def is_verb_after(word: str, before: str) -> bool:
    """Whether a word that may be noun or verb is a verb: "they ride", "to watch"."""
    return before in _BEFORE_VERBS and word in _ALL_FORMS


def is_adverb(word: str) -> bool:
    """Whether the word looks like "quietly"."""
    return len(word) > len("fully") and word.endswith("ly") and word not in NOUNS_LIKE_VERBS


def is_plain_adjective(word: str) -> bool:
    """Whether the word says how a thing is and not which kind of thing it is."""
    return word in ADJECTIVES or (
        len(word) > len("icy")
        and word.endswith(ADJECTIVE_ENDINGS)
        and word not in NOUNS_LIKE_VERBS
        and word not in PEOPLE
    )
