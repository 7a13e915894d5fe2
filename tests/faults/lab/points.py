"""The points that InfluxDB holds against those that the recorded topics give."""

import csv
import io
import json
import urllib.request

from lab.site import Site


def flux(site: Site, query: str) -> list[dict[str, str]]:
    """Ask the site's InfluxDB; gives the rows of the answer."""
    request = urllib.request.Request(  # noqa: S310  # our own server
        f"{site.influx.url}/api/v2/query?org=site",
        json.dumps({"query": query, "type": "flux"}).encode(),
        {"Authorization": "Token test-token-of-this-machine", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
        text = answer.read().decode()
    rows: list[dict[str, str]] = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        rows += list(csv.DictReader(io.StringIO(block)))
    return rows
