"""Incident reports for people."""
