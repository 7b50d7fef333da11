"""Continuous delivery without servers."""
