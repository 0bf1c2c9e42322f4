"""Writes the table of the 1,000 ImageNet classes that ships with Sightline.

    python benchmarks/make_tag_data.py /usr/share/wordnet/data.noun

Run it when the rules below change; the table it writes is part of the repository. It needs the
database of WordNet 3.0 (package `wordnet-base` of Debian and Ubuntu). The ids of the classes are
kept from the present table: an ImageNet id is `n` and the place of the synset in `data.noun`, and
the classes of a network are in the order of these ids.

A row has: id, name to show, all words of the synset, broader names from near to far, meaning.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parents[1] / "src/sightline/vision/data/imagenet_classes.tsv"

GENERAL = """\
abstract entity; abstraction; accessory; agent; anapsid; angiosperm; animal product; apparatus;
aquatic vertebrate; area; article; artifact; attachment; attribute; barrier; bony fish; bovid;
cap; cartilaginous fish; case; causal agent; chelonian; chordate; circle; cognition; commodity;
communication; connection; consumer goods; content; control; conveyance; course; covering;
craft; creation; decapod crustacean; device; diapsid; disk; durables; elasmobranch;
electro-acoustic transducer; entity; equipment; establishment; event; excavation; fluid;
foodstuff; framework; furnishing; gallinaceous bird; game; geographic point; geological
formation; group; grouping; housing; implement; indication; institution; instrumentality;
ligament; line; liquid; living thing; location; material; matter; measure; mechanical device;
mechanism; medium; message; metatherian; natural elevation; natural object; nutriment; object;
obstruction; organism; oscine; part; passage; passerine; phenomenon; physical entity; piece;
piece of cloth; placental; plant organ; plant part; point; process; produce; product; protective
covering; prototherian; psychological feature; receptacle; relation; reproductive structure;
restraint; ruminant; saurian; self-propelled vehicle; sheet; signal; soft-finned fish; solid;
spermatophyte; spiny-finned fish; starches; stick; strengthener; structural member; structure;
substance; support; supporting structure; surface; symbol; system; teleost fish; thing; top;
transducer; unit; upright; vascular plant; vertebrate; ware; way; white goods; whole
"""
TOO_GENERAL = frozenset(" ".join(GENERAL.split()).split("; "))

# In WordNet a wheeled vehicle is a container; nobody who looks for containers means a car.
UNHELPFUL = {("wheeled vehicle", "container")}


@dataclass(frozen=True)
class Synset:
    """Words that mean the same, what they mean, and the places of the synsets right above."""

    words: list[str]
    meaning: str
    hypernyms: list[int]


class WordNet:
    """The nouns of WordNet by their place in `data.noun`."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()

    def __getitem__(self, offset: int) -> Synset:
        line = self.data[offset : self.data.index(b"\n", offset)].decode()
        if not line.startswith(f"{offset:08d} "):
            raise SystemExit(f"{offset} is no synset of WordNet 3.0")
        # The words, each with a number; then their count and the pointers, four fields each.
        facts, meaning = line.split(" | ", 1)
        fields = facts.split()
        count = int(fields[3], 16)
        words = [word.replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
        pointers = fields[5 + 2 * count :]
        hypernyms = [
            int(target)
            for symbol, target, kind in zip(
                pointers[::4], pointers[1::4], pointers[2::4], strict=False
            )
            if symbol in {"@", "@i"} and kind == "n"
        ]
        # Up to the first semicolon it says what the thing is; examples and remarks follow.
        return Synset(words, meaning.split(";")[0].strip(), hypernyms)

    def broader(self, offset: int) -> list[str]:
        """The names above a synset, from near to far, without those too general to help."""
        names: dict[str, None] = {}
        level = [offset]
        while level:
            level = [
                above
                for below in level
                for above in self[below].hypernyms
                if (self[below].words[0], self[above].words[0]) not in UNHELPFUL
            ]
            names.update(dict.fromkeys(self[above].words[0] for above in level))
        return [name for name in names if name not in TOO_GENERAL]


def shown_names(wordnet: WordNet, offsets: list[int]) -> list[str]:
    """The first word of each synset, or another where two classes would have the same name."""
    first = Counter(wordnet[offset].words[0].lower() for offset in offsets)
    shown = []
    for offset in offsets:
        name, *others = wordnet[offset].words
        if first[name.lower()] > 1:
            # "crane" is a bird and a machine; "Cardigan" a dog and a garment.
            unique = [word for word in others if not first[word.lower()]]
            name = unique[0] if unique else f"{name} ({wordnet.broader(offset)[0]})"
        shown.append(name)
    return shown


def main() -> None:
    wordnet = WordNet(Path(sys.argv[1]))
    offsets = [int(row[1:9]) for row in TABLE.read_text().splitlines() if row.startswith("n")]
    rows = [
        "\t".join(
            (
                f"n{offset:08d}",
                name,
                "; ".join(wordnet[offset].words),
                "; ".join(wordnet.broader(offset)),
                wordnet[offset].meaning,
            )
        )
        for offset, name in zip(offsets, shown_names(wordnet, offsets), strict=True)
    ]
    TABLE.write_text("\n".join(["id\tname\twords\tbroader\tmeaning", *rows, ""]))
    print(f"{len(rows)} classes written to {TABLE}")


if __name__ == "__main__":
    main()
