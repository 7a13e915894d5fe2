"""What the services say to each other over Kafka: topics, encodings, clients.

Public functions and classes stand in the modules; importing this package loads no client library.
"""
