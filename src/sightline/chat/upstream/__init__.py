"""How a model server is spoken to. `openai_compatible.py` uses it.

request_body, openai_messages: what is sent. model_server, connections: retries, time limits, and
the way to the network.
server_events, completion, thinking, upstream_errors: what comes back.
"""
