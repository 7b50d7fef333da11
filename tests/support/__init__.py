"""What tests share: small projects and stacks, an AWS that breaks, and fixtures."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""
