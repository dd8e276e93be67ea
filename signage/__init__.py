"""Renderer for Heim's info screens: sources -> events -> selection -> timeline -> pages -> pictures -> bundle."""

__version__ = "0.5.0"
