"""Runners: one face over the engines that compute a network."""
