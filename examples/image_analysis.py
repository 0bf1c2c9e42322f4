"""Ask a Sightline about one picture with Azure's own client, as for the Azure AI Vision service.

    python examples/image_analysis.py picture.jpg
    python examples/image_analysis.py picture.jpg --features caption,people,objects

Needs `pip install azure-ai-vision-imageanalysis`. Only the endpoint differs from the service.
"""

import argparse
from pathlib import Path

from azure.ai.vision.imageanalysis import ImageAnalysisClient
from azure.ai.vision.imageanalysis.models import VisualFeatures
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError


def main() -> None:
    """Print what is on the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path)
    parser.add_argument("--endpoint", default="http://127.0.0.1:8477")
    parser.add_argument("--features", default="tags,objects,read,smartCrops")
    options = parser.parse_args()

    client = ImageAnalysisClient(options.endpoint, AzureKeyCredential("any"))
    try:
        found = client.analyze(
            options.picture.read_bytes(),
            [VisualFeatures(feature) for feature in options.features.split(",")],
        )
    except HttpResponseError as error:
        raise SystemExit(error.message) from error

    print(f"{options.picture.name}: {found.metadata.width} × {found.metadata.height} pixels")
    if found.caption:
        print(f"caption: {found.caption.text}")
    for caption in found.dense_captions.list if found.dense_captions else []:
        print(f"dense caption: {caption.text} {box(caption.bounding_box)}")
    for tag in found.tags.list if found.tags else []:
        print(f"tag: {tag.name} ({tag.confidence:.2f})")
    for thing in found.objects.list if found.objects else []:
        print(f"object: {thing.tags[0].name} {box(thing.bounding_box)}")
    for person in found.people.list if found.people else []:
        print(f"person: {box(person.bounding_box)}")
    for line in found.read.blocks[0].lines if found.read else []:
        print(f"text: {line.text}")
    for crop in found.smart_crops.list if found.smart_crops else []:
        print(f"crop {crop.aspect_ratio:.2f}: {box(crop.bounding_box)}")


def box(place: object) -> str:
    """A bounding box in words."""
    return f"at {place.x},{place.y} size {place.width} × {place.height}"  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
