"""A simulated ArduPilot vehicle that speaks real MAVLink."""
