"""The infer service without its networks: frames from Kafka in, poses to Kafka out, every frame accounted for."""
