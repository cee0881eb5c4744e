"""Reads feeds with feedparser, the reference of BenchmarkAgreement.

One path a line comes in, one line of JSON for each goes out:
{"path": …, "entries": [{"link", "date" (Unix seconds), "title", "body"}]}
"""

import calendar
import json
import sys

import feedparser


def seconds(entry):
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        value = entry.get(key)
        if value:
            try:
                return calendar.timegm(value)
            except (OverflowError, ValueError):
                return None
    return None


def body(entry):
    for content in entry.get("content", []):
        if content.get("value"):
            return content["value"]
    return entry.get("summary", "")


for line in sys.stdin:
    path = line.strip()
    with open(path, "rb") as file:
        data = file.read()
    try:
        feed = feedparser.parse(data, response_headers={"content-location": "https://a.example/feed"})
        entries = [
            {"link": e.get("link", ""), "date": seconds(e), "title": e.get("title", ""), "body": body(e)}
            for e in feed.entries
        ]
        out = {"path": path, "version": feed.get("version", ""), "entries": entries}
    except Exception as error:  # the reference fails on some files
        out = {"path": path, "error": str(error)}
    print(json.dumps(out), flush=True)
