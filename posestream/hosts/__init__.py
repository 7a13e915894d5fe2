"""Hosts: they put the stages together. ``run`` lives in embedded.py, ``analyze`` in analyze.py."""
