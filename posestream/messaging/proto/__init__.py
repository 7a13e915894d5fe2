"""The schemas of poses and tracks and the code that protoc made of them (``make proto``)."""
