"""The result files of ``posestream analyze``, all context managers."""

from sinks.annotated_video import AnnotatedVideo
from sinks.coco_results import CocoResults, coco_results, image_id
from sinks.text_lines import JsonLines, MotText

__all__ = ["AnnotatedVideo", "CocoResults", "JsonLines", "MotText", "coco_results", "image_id"]
