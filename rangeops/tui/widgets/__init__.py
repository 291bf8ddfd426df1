"""Widgets by area: attributes down, messages up."""
