"""Ask about a picture as clients of the retired service did, and see where the words are on it.

    python examples/enhancements.py picture.jpg "Describe this image"

Needs `pip install openai`. Only the endpoint differs from the retired service.
"""

import argparse
import base64
import mimetypes
from pathlib import Path

from openai import AzureOpenAI


def main() -> None:
    """Print the answer, and for each phrase of it the place on the picture in percent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path)
    parser.add_argument("question", nargs="?", default="Describe this image")
    parser.add_argument("--endpoint", default="http://127.0.0.1:8477")
    parser.add_argument("--deployment", default="extractive")
    options = parser.parse_args()

    client = AzureOpenAI(
        base_url=f"{options.endpoint}/openai/deployments/{options.deployment}/extensions",
        api_key="any",
        api_version="2023-12-01-preview",
    )
    kind = mimetypes.guess_type(options.picture.name)[0] or "image/jpeg"
    data = base64.b64encode(options.picture.read_bytes()).decode()
    answer = client.chat.completions.create(
        model=options.deployment,
        max_tokens=800,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": options.question},
                    {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}},
                ],
            }
        ],
        extra_body={"enhancements": {"ocr": {"enabled": True}, "grounding": {"enabled": True}}},
    )
    (choice,) = answer.choices
    grounding = choice.enhancements["grounding"]
    print(choice.message.content)
    print(f"grounding: {grounding['status']}")
    for span in grounding["lines"][0]["spans"]:
        corners = " ".join(f"{at['x']:.0%},{at['y']:.0%}" for at in span["polygon"])
        print(f"{span['text']:30} {corners}")


if __name__ == "__main__":
    main()
