"""Bringing the user's own ONNX file: looked into before any engine sees it, tried in a process of its own, kept."""
