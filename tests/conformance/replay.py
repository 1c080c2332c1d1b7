"""Replays recorded.json, what Consul 1.22.7 answered to 418 requests, against a running agent.

An answer matches when its status is equal, a text body is equal but for ids, addresses, times and
numbers, a JSON body has the same shape (for an answer that was recorded whole), and it carries the
same X-Consul-* headers and content type.
"""
import http.client
import json
import pathlib
import re

RECORDED = pathlib.Path(__file__).with_name("recorded.json")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def body_of(exchange, session):
    if "body_parts" in exchange:
        text = "".join(part if isinstance(part, str) else part["repeat"] * part["times"]
                       for part in exchange["body_parts"])
    else:
        text = exchange.get("body")
    return None if text is None else text.replace("{session}", session).encode()


def send(host, port, exchange, session):
    connection = http.client.HTTPConnection(host, port, timeout=20)
    path = exchange["path"].replace("{session}", session)
    body = body_of(exchange, session)
    try:
        connection.putrequest(exchange["method"], path, skip_accept_encoding=True)
        for name, value in exchange.get("headers", {}).items():
            connection.putheader(name, value)
        if body is not None or exchange["method"] in ("PUT", "POST", "DELETE"):
            connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders()
        if body is not None:
            try:
                connection.send(body)
            except OSError:
                pass  # refused before it was all sent: the answer tells
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read().decode("utf-8", "replace")
    finally:
        connection.close()


def neutral(text):
    text = UUID.sub("<id>", text)
    text = re.sub(r"127\.0\.\d+\.\d+(:\d+)?", "<address>", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z?", "<time>", text)
    return re.sub(r"\d+", "<n>", text).strip()


def shape(value):
    if isinstance(value, dict):
        return {UUID.sub("<id>", key): shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def comparable(text):
    try:
        return "json", shape(json.loads(text))
    except ValueError:
        return "text", neutral(text)


def difference(wanted, status, headers, body):
    """None if the answer is as recorded, else the reason."""
    if status != wanted["status"]:
        return f"status {status}, not {wanted['status']}: {body[:160]!r}"
    # A JSON answer that was recorded in part cannot be parsed: there only the beginning tells.
    if wanted["whole"] and comparable(body) != comparable(wanted["body"]):
        return f"body {body[:300]!r}, not {wanted['body'][:300]!r}"
    if not wanted["whole"] and body[:1] != wanted["body"][:1]:
        return f"body begins {body[:80]!r}, not {wanted['body'][:80]!r}"
    named = sorted(name.lower() for name, _ in headers if name.lower().startswith("x-consul"))
    if sorted(set(named)) != sorted(name.lower() for name in wanted["headers"]):
        return f"headers {named}, not {wanted['headers']}"
    content_type = dict((name.lower(), value) for name, value in headers).get("content-type")
    if content_type != wanted["content_type"]:
        return f"content type {content_type!r}, not {wanted['content_type']!r}"
    return None


def replay(host, port, ready=lambda: None):
    """[(name, None or the difference)] of all recorded exchanges, in their order. ready() is called
    once what the first ones register should have reached the catalog."""
    session, outcomes, setting_up = "none", [], True
    for exchange in json.loads(RECORDED.read_text()):
        if setting_up and not exchange["name"].startswith("setup:"):
            ready()
            setting_up = False
        try:
            status, headers, body = send(host, port, exchange, session)
            if exchange["name"] == "setup: session" and status == 200:
                session = json.loads(body)["ID"]
            outcomes.append((exchange["name"], difference(exchange["answer"], status, headers, body)))
        except (OSError, http.client.HTTPException) as why:
            outcomes.append((exchange["name"], f"no answer: {why!r}"))
    return outcomes
