"""Whoever makes timetables: OR-Tools, in two engines. Nothing else imports it."""
