"""Whether anything moves before a camera: what shows nothing new need not be decoded, sent and looked at."""
