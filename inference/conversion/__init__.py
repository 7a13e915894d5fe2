"""From the formats in which weights are published to one that a runner reads, without TensorFlow."""
