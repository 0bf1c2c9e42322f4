"""The demo behind `make run`: index a few pictures, ask by words and by picture, then serve.

The pictures come inside scikit-image's package; the descriptions are ours. Every step is a command
that works the same on a folder of your own. With SIGHTLINE_DEMO_ONLY=1 it ends after the answers.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

DESCRIPTIONS = {
    "astronaut.png": "Portrait of the astronaut Eileen Collins in an orange flight suit. "
    "She was the first woman to command a Space Shuttle, in July 1999.",
    "chelsea.png": "Chelsea, a ginger tabby cat with green eyes. Her vaccination is due in May.",
    "coffee.png": "An espresso in a red cup on a red saucer, with a small spoon. "
    "Table 4; it costs two euros and fifty cents.",
    "coins.png": "Ancient Greek coins from Pompeii, laid out in four rows on a dark ground.",
    "hubble_deep_field.jpg": "",
    "motorcycle_left.png": "A red motorcycle in a garage. The insurance claim is number 2291.",
    "page.png": "",
    "retina.jpg": "The back of a healthy eye, photographed for the patient's record.",
    "rocket.jpg": "A Falcon 9 rocket on its launch pad at night, "
    "ready to carry the DSCOVR satellite in February 2015.",
}


def main() -> None:
    """Run the steps, showing each command before what it prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path, default=Path(".run"))
    workspace = parser.parse_args().workspace
    pictures = workspace / "pictures"
    lay_out(pictures)
    asked_with = workspace / "another-view-of-the-cat.jpg"
    another_view(pictures / "chelsea.png", asked_with)

    say("1. Index nine pictures and their descriptions.")
    run(workspace, "ingest", str(pictures), "--index", "demo")
    say("2. Ask by words.")
    run(workspace, "ask", "When does the rocket fly and what does it carry?", "--index", "demo")
    say("3. Ask with a picture: another view of something in the index.")
    question = "When is the vaccination of this animal due?"
    run(workspace, "ask", question, "--image", str(asked_with), "--index", "demo")
    say("4. Ask about the text in a picture that has no description.")
    run(workspace, "ask", "What does the page say about markers?", "--index", "demo")

    if os.environ.get("SIGHTLINE_DEMO_ONLY") == "1":
        return
    say("5. Serve the same over HTTP: the Studio at /, the OpenAI API at /v1.")
    run(workspace, "serve")


def lay_out(folder: Path) -> None:
    """Copy the pictures and write their metadata.json, once; a second run finds nothing new."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        sys.exit("The demo pictures come with scikit-image: pip install scikit-image")
    folder.mkdir(parents=True, exist_ok=True)
    for name in DESCRIPTIONS:
        if not (folder / name).exists():
            (folder / name).write_bytes((Path(package.origin).parent / "data" / name).read_bytes())
    entries = [
        {"image_blob_path": name, "description": text} for name, text in DESCRIPTIONS.items()
    ]
    (folder / "metadata.json").write_text(json.dumps(entries, indent=1), encoding="utf-8")


def another_view(picture: Path, to: Path) -> None:
    """The middle of a picture, mirrored and turned a little, as a second photo might show it."""
    with Image.open(picture) as opened:
        width, height = opened.size
        middle = opened.crop((width // 8, height // 10, width * 7 // 8, height * 9 // 10))
        turned = middle.transpose(Image.Transpose.FLIP_LEFT_RIGHT).rotate(4, fillcolor="white")
        turned.save(to, quality=85)


def say(text: str) -> None:
    """A heading."""
    print(f"\n{text}", flush=True)


def run(workspace: Path, *arguments: str) -> None:
    """Show a command, then run it."""
    print(f"   $ sightline --workspace {workspace} {shlex.join(arguments)}", flush=True)
    command = [sys.executable, "-m", "sightline", "--workspace", str(workspace), *arguments]
    try:
        finished = subprocess.run(command, check=False)
    except KeyboardInterrupt:
        return
    if finished.returncode:
        sys.exit(finished.returncode)


if __name__ == "__main__":
    main()
