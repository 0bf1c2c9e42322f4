"""Moments in videos, as for the retired Video Retrieval: make an index, ingest, ask.

    python examples/video_retrieval.py /videos/street.mp4 --ask "a red car"

Needs `requests`. A video is a blob of a configured connection or a path on the server's machine.
"""

import argparse
import sys
import time
from uuid import uuid4

import requests

VERSION = {"api-version": "2023-05-01-preview"}
WAIT = 600.0


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(description="Find moments in videos.")
    parser.add_argument("videos", nargs="+", help="addresses of videos")
    parser.add_argument("--ask", required=True)
    parser.add_argument("--endpoint", default="http://127.0.0.1:8477")
    options = parser.parse_args()

    name = f"example-{uuid4().hex[:8]}"
    index = f"{options.endpoint}/computervision/retrieval/indexes/{name}"
    with requests.Session() as session:
        session.headers["Ocp-Apim-Subscription-Key"] = "any"
        session.params = VERSION
        session.put(index, json={"features": [{"name": "vision"}]}).raise_for_status()
        try:
            ingest(session, index, options.videos)
            query = {"queryText": options.ask, "top": 5}
            found = session.post(f"{index}:queryByText", json=query).json()["value"]
            for hit in found:
                sys.stdout.write(
                    f"{hit['documentId']}  {hit['start']} to {hit['end']}, "
                    f"best {hit['best']}  {hit['relevance']:.2f}\n"
                )
        finally:
            session.delete(index)
    return 0


def ingest(session: requests.Session, index: str, videos: list[str]) -> None:
    """Bring videos in and wait until that is done."""
    wanted = [
        {"mode": "add", "documentId": f"video-{number}", "documentUrl": url}
        for number, url in enumerate(videos, 1)
    ]
    begun = session.put(f"{index}/ingestions/first", json={"videos": wanted})
    begun.raise_for_status()
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        now = session.get(f"{index}/ingestions/first").json()
        if now["state"] != "Running":
            break
        time.sleep(0.5)
    for file in now["fileStatusDetails"]:
        if not file["succeeded"]:
            sys.stderr.write(f"{file['documentId']}: {file['error']['message']}\n")


if __name__ == "__main__":
    sys.exit(main())
