"""How good poses are, measured against a truth: OKS AP, PCK and keypoint F1. Pure: parsed JSON in, figures out."""

from postprocess.metrics.coco_truth import CocoTruth, TruthImage, TruthPerson, read_truth
from postprocess.metrics.oks_ap import OksFigures
from postprocess.metrics.pose_evaluation import PoseFigures, evaluate_poses

__all__ = ["CocoTruth", "OksFigures", "PoseFigures", "TruthImage", "TruthPerson", "evaluate_poses", "read_truth"]
