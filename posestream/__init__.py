"""posestream: live human-pose analytics.

Only ``posestream.*`` is public API; ``posestream.api`` is the door for programs.
The packages ingest, inference, postprocess and sinks are the stages behind it.
"""

__version__ = "0.1.0"
