"""Frames in, poses out: models as cards, preprocessing, runners and their composition."""
