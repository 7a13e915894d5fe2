"""Cameras on the local network that speak ONVIF: found by WS-Discovery, asked for their streams, advised on.

All that a device says is a stranger's: its sizes, times, addresses and characters are bounded before they are used.
Needs the extra ``discover``, but for facts, addresses, texts and advice.
"""
