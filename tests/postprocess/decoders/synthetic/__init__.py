"""Encoders: tensors as a perfect network would give them for a known truth, from the published formulas.

Nothing here is derived from the decoders, and nothing of theirs is imported.
"""
