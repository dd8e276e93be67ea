"""Renderer for Heim's info screens: sources -> events -> planning -> rendering -> publishing."""

__version__ = "0.5.0"
